namespace Gateway.Tests.Documents;

/// <summary>The configuration reference says what the code does.</summary>
public sealed class ConfigurationReferenceTests
{
    [Fact]
    public void TheReferenceIsUpToDate()
    {
        var made = ConfigurationReference.Write();
        if (Environment.GetEnvironmentVariable("WRITE_DOCUMENTS") == "1")
            File.WriteAllText(ConfigurationReference.Path, made);

        File.ReadAllText(ConfigurationReference.Path).ShouldBe(made, "run this test once with WRITE_DOCUMENTS=1 and commit what it writes");
    }
}
