using System.Globalization;
using Gateway.Emulator.Failures;
using Gateway.Emulator.Selectors;

namespace Gateway.Emulator.Http;

/// <summary>The query parameters of a list or watch, checked as apimachinery's <c>ValidateListOptions</c> checks them.</summary>
internal sealed record ListOptions(
    ObjectSelector Selector, string ResourceVersion, string VersionMatch, int Limit, string Continue, bool SendsInitialEvents, bool WantsBookmarks, int? TimeoutSeconds)
{
    /// <summary>The requested version; null if none.</summary>
    public long? Version => ResourceVersion.Length == 0 ? null : long.Parse(ResourceVersion, CultureInfo.InvariantCulture);

    public static ListOptions Parse(ApiRequest request, bool watchList)
    {
        var version = request.Query("resourceVersion") ?? "";
        if (version.Length > 0 && !long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            throw new ApiFailure(500, null, $"resourceVersion: Invalid value: \"{version}\": strconv.ParseUint: parsing \"{version}\": invalid syntax");
        var options = new ListOptions(
            ParseSelector(request), version, request.Query("resourceVersionMatch") ?? "", Number(request, "limit") ?? 0,
            request.Query("continue") ?? "", IsTrue(request.Query("sendInitialEvents")), IsTrue(request.Query("allowWatchBookmarks")),
            Number(request, "timeoutSeconds"));
        options.Check(request.IsWatch, request.Query("sendInitialEvents") is not null, watchList);
        return options;
    }

    private void Check(bool watch, bool namesInitialEvents, bool watchList)
    {
        if (namesInitialEvents && !watch)
            throw Refused(FieldFault.Forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"));
        if (namesInitialEvents && !watchList)
            throw Refused(FieldFault.Forbidden("sendInitialEvents", "sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled"));
        if (watch && VersionMatch.Length > 0 && !namesInitialEvents)
            throw Refused(FieldFault.Forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"));
        if (watch && namesInitialEvents && VersionMatch != "NotOlderThan")
            throw Refused(FieldFault.Forbidden("resourceVersionMatch", "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"));
        if (watch || VersionMatch.Length == 0)
            return;
        if (ResourceVersion.Length == 0)
            throw Refused(FieldFault.Forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden unless resourceVersion is provided"));
        if (Continue.Length > 0)
            throw Refused(FieldFault.Forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided"));
        if (VersionMatch is not ("Exact" or "NotOlderThan"))
            throw Refused(FieldFault.Unsupported("resourceVersionMatch", VersionMatch, "Exact", "NotOlderThan"));
        if (VersionMatch == "Exact" && ResourceVersion == "0")
            throw Refused(FieldFault.Forbidden("resourceVersionMatch", "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""));
    }

    private static ObjectSelector ParseSelector(ApiRequest request)
    {
        try
        {
            var fields = FieldSelector.Parse(request.Kind, request.Query("fieldSelector"));
            if (request.Path.IsWatchPath && request.Path.Name.Length > 0)
                fields = FieldSelector.Parse(request.Kind, "metadata.name=" + request.Path.Name);
            return new ObjectSelector(
                request.Path.Namespace.Length == 0 ? null : request.Path.Namespace, LabelSelector.Parse(request.Query("labelSelector")), fields);
        }
        catch (FormatException failure)
        {
            throw ApiFailure.BadRequest(failure.Message);
        }
    }

    private static bool IsTrue(string? value) => value is "true" or "1" or "True";

    private static int? Number(ApiRequest request, string name) =>
        int.TryParse(request.Query(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static ApiFailure Refused(FieldFault fault) =>
        ApiFailure.Invalid("meta.k8s.io", "ListOptions", "ListOptions.meta.k8s.io", "", [fault]);
}
