namespace Gateway.Emulator.Http;

/// <summary>In which form objects are answered, by the <c>Accept</c> header's parameter <c>as</c>.</summary>
internal enum ObjectView
{
    Full,
    PartialMetadata,
    Table,
}
