namespace Gateway.Emulator.Http;

/// <summary>The form of objects in an answer, by the parameter <c>as</c> of the <c>Accept</c> header.</summary>
internal enum ObjectView
{
    Full,
    PartialMetadata,
    Table,
}
