namespace Pellucid.Cli;

/// <summary>Pictures that are whole or not there.</summary>
internal static class PictureFile
{
    /// <summary>Lets a picture be saved beside its place, under a name of the same kind, and then moves it there.</summary>
    public static void Replace(string path, Action<string> save)
    {
        var beside = Path.ChangeExtension(path, ".tmp" + Path.GetExtension(path));
        save(beside);
        File.Move(beside, path, overwrite: true);
    }
}
