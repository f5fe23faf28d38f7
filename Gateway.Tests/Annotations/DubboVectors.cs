namespace Gateway.Tests.Annotations;

/// <summary>
/// Annotation values as real writers made them. V1 is the sample of a dubbo-go article of January 2021, V2 a provider of dubbo-go's own unit
/// tests (Apache-2.0), V3 and V4 come from Go's encoder.
/// </summary>
internal static class DubboVectors
{
    public const string V1Consumer =
        "W3siayI6Ii9kdWJibyIsInYiOiIifSx7ImsiOiIvZHViYm8vY29tLmlrdXJlbnRvLnVzZXIuVXNlclByb3ZpZGVyIiwidiI6IiJ9LHsiayI6Ii9kdWJiby9j"
        + "b20uaWt1cmVudG8udXNlci5Vc2VyUHJvdmlkZXIvY29uc3VtZXJzIiwidiI6IiJ9LHsiayI6Ii9kdWJibyIsInYiOiIifSx7ImsiOiIvZHViYm8vY29tLmlr"
        + "dXJlbnRvLnVzZXIuVXNlclByb3ZpZGVyIiwidiI6IiJ9LHsiayI6Ii9kdWJiby9jb20uaWt1cmVudG8udXNlci5Vc2VyUHJvdmlkZXIvcHJvdmlkZXJzIiwi"
        + "diI6IiJ9LHsiayI6Ii9kdWJiby9jb20uaWt1cmVudG8udXNlci5Vc2VyUHJvdmlkZXIvY29uc3VtZXJzL2NvbnN1bWVyJTNBJTJGJTJGMTcyLjE3LjAuOCUy"
        + "RlVzZXJQcm92aWRlciUzRmNhdGVnb3J5JTNEY29uc3VtZXJzJTI2ZHViYm8lM0RkdWJib2dvLWNvbnN1bWVyLTIuNi4wJTI2cHJvdG9jb2wlM0RkdWJibyIs"
        + "InYiOiIifV0=";

    public const string V1Sha256 = "0d915a0b31cd03184794c613536c77741619a7678c9d292fa7a631c6199df286";

    public const string V2Provider =
        "W3siayI6Ii9kdWJiby9jb20uaWt1cmVudG8udXNlci5Vc2VyUHJvdmlkZXIvcHJvdmlkZXJzIiwidiI6IiJ9LHsiayI6Ii9kdWJiby9jb20uaWt1cmVudG8u"
        + "dXNlci5Vc2VyUHJvdmlkZXIvcHJvdmlkZXJzL2R1YmJvJTNBJTJGJTJGMTcyLjE3LjAuNiUzQTIwMDAwJTJGVXNlclByb3ZpZGVyJTNGYWNjZXNzbG9nJTNE"
        + "JTI2YW55aG9zdCUzRHRydWUlMjZhcHAudmVyc2lvbiUzRDAuMC4xJTI2YXBwbGljYXRpb24lM0RCRFRTZXJ2aWNlJTI2YXV0aCUzRCUyNmJlYW4ubmFtZSUz"
        + "RFVzZXJQcm92aWRlciUyNmNsdXN0ZXIlM0RmYWlsb3ZlciUyNmVudmlyb25tZW50JTNEZGV2JTI2ZXhlY3V0ZS5saW1pdCUzRCUyNmV4ZWN1dGUubGltaXQu"
        + "cmVqZWN0ZWQuaGFuZGxlciUzRCUyNmdyb3VwJTNEJTI2aW50ZXJmYWNlJTNEY29tLmlrdXJlbnRvLnVzZXIuVXNlclByb3ZpZGVyJTI2aXAlM0QxNzIuMTcu"
        + "MC42JTI2bG9hZGJhbGFuY2UlM0RyYW5kb20lMjZtZXRob2RzLkdldFVzZXIubG9hZGJhbGFuY2UlM0RyYW5kb20lMjZtZXRob2RzLkdldFVzZXIucmV0cmll"
        + "cyUzRDElMjZtZXRob2RzLkdldFVzZXIudHBzLmxpbWl0LmludGVydmFsJTNEJTI2bWV0aG9kcy5HZXRVc2VyLnRwcy5saW1pdC5yYXRlJTNEJTI2bWV0aG9k"
        + "cy5HZXRVc2VyLnRwcy5saW1pdC5zdHJhdGVneSUzRCUyNm1ldGhvZHMuR2V0VXNlci53ZWlnaHQlM0QwJTI2bW9kdWxlJTNEZHViYm9nbyUyQnVzZXItaW5m"
        + "byUyQnNlcnZlciUyNm5hbWUlM0RCRFRTZXJ2aWNlJTI2b3JnYW5pemF0aW9uJTNEaWt1cmVudG8uY29tJTI2b3duZXIlM0RaWCUyNnBhcmFtLnNpZ24lM0Ql"
        + "MjZwaWQlM0Q2JTI2cmVnaXN0cnkucm9sZSUzRDMlMjZyZWxlYXNlJTNEZHViYm8tZ29sYW5nLTEuMy4wJTI2cmV0cmllcyUzRCUyNnNlcnZpY2UuZmlsdGVy"
        + "JTNEZWNobyUyNTJDdG9rZW4lMjUyQ2FjY2Vzc2xvZyUyNTJDdHBzJTI1MkNnZW5lcmljX3NlcnZpY2UlMjUyQ2V4ZWN1dGUlMjUyQ3BzaHV0ZG93biUyNnNp"
        + "ZGUlM0Rwcm92aWRlciUyNnRpbWVzdGFtcCUzRDE1OTExNTYxNTUlMjZ0cHMubGltaXQuaW50ZXJ2YWwlM0QlMjZ0cHMubGltaXQucmF0ZSUzRCUyNnRwcy5s"
        + "aW1pdC5yZWplY3RlZC5oYW5kbGVyJTNEJTI2dHBzLmxpbWl0LnN0cmF0ZWd5JTNEJTI2dHBzLmxpbWl0ZXIlM0QlMjZ2ZXJzaW9uJTNEJTI2d2FybXVwJTNE"
        + "MTAwIiwidiI6IiJ9XQ==";

    public const string V2Sha256 = "237522801d393520f2ca968178ab7ab0b1481956cd1e867f438fca2ce17c1733";

    public const string V3GroupAndVersion =
        "W3siayI6Ii9kdWJiby9jb20uZXhhbXBsZS5HcmVldGluZ1NlcnZpY2UvcHJvdmlkZXJzIiwidiI6IiJ9LHsiayI6Ii9kdWJiby9jb20uZXhhbXBsZS5HcmVl"
        + "dGluZ1NlcnZpY2UvcHJvdmlkZXJzL2R1YmJvJTNBJTJGJTJGMTAuMjQ0LjEuNyUzQTIwODgwJTJGY29tLmV4YW1wbGUuR3JlZXRpbmdTZXJ2aWNlJTNGYW55"
        + "aG9zdCUzRHRydWUlMjZhcHBsaWNhdGlvbiUzRGdyZWV0ZXIlMjZncm91cCUzRGcxJTI2aW50ZXJmYWNlJTNEY29tLmV4YW1wbGUuR3JlZXRpbmdTZXJ2aWNl"
        + "JTI2aXAlM0QxMC4yNDQuMS43JTI2bWV0aG9kcyUzRFNheUhlbGxvJTJDQnllJTI2cGlkJTNEMSUyNnJlZ2lzdHJ5LnJvbGUlM0QzJTI2cmVsZWFzZSUzRGR1"
        + "YmJvLWdvbGFuZy0xLjUuOSUyNnNpZGUlM0Rwcm92aWRlciUyNnRpbWVzdGFtcCUzRDE3MDAwMDAwMDAlMjZ2ZXJzaW9uJTNEMS4wLjAiLCJ2IjoiIn1d";

    public const string V4UrlSafe =
        "W3siayI6Ii9kdWJiby9jb20uZXhhbXBsZS5Gb28vcHJvdmlkZXJzL3giLCJ2IjoiXHUwMDNjw6k_XHUwMDNlXHUwMDI2fsO_Pz9cdTAwM2VcdTAwM2UifV0=";

    /// <summary>Plain text, in base64.</summary>
    public const string V5Text = "5LiN55So55yL5LqG5bCx5piv5LiA5Liq5paH5pys5Y2P6K6u";
}
