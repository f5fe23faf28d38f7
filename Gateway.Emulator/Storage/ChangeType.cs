namespace Gateway.Emulator.Storage;

public enum ChangeType
{
    Added,
    Modified,
    Deleted,
}
