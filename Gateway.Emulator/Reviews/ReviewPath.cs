namespace Gateway.Emulator.Reviews;

/// <summary>The review kinds: POSTed and answered, never stored.</summary>
internal sealed record ReviewPath(string Group, string Plural, string Kind)
{
    public const string Authentication = "authentication.k8s.io";
    public const string Authorization = "authorization.k8s.io";

    public static readonly ReviewPath Token = new(Authentication, "tokenreviews", "TokenReview");
    public static readonly ReviewPath SubjectAccess = new(Authorization, "subjectaccessreviews", "SubjectAccessReview");
    public static readonly ReviewPath SelfSubjectAccess = new(Authorization, "selfsubjectaccessreviews", "SelfSubjectAccessReview");

    public static IReadOnlyList<ReviewPath> All { get; } = [Token, SubjectAccess, SelfSubjectAccess];

    public string ApiVersion => Group + "/v1";

    public static ReviewPath? Find(string path) => All.FirstOrDefault(review => path == $"/apis/{review.Group}/v1/{review.Plural}");
}
