using System.Text;
using Pellucid.Files;
using Pellucid.Pictures;

namespace Pellucid.Cli;

/// <summary>Pictures as files.</summary>
internal static class PictureFile
{
    /// <summary>Writes a picture under a name with .png and with .svg after it, each whole or not at all.</summary>
    public static void Save(string name, Picture picture)
    {
        SafeFile.Write(name + ".png", stream => picture.WritePng(stream));
        SafeFile.Write(name + ".svg", stream => stream.Write(Encoding.UTF8.GetBytes(picture.ToSvg())));
    }
}
