using System.CommandLine;
using System.Text;
using Pellucid.Files;
using Pellucid.Pictures;

namespace Pellucid.Cli.Look;

/// <summary>Options that write a verb's pictures to files.</summary>
internal static class PictureFiles
{
    private static readonly Option<string?> Svg =
        new("--svg") { Description = "Write the picture as SVG, which follows the reader's light or dark" };
    private static readonly Option<string?> Png =
        new("--png") { Description = "Write the picture as PNG; other scripts than Latin and Greek show as codes there" };
    private static readonly Option<string?> Html = new("--html") { Description = "Write the pictures as one page" };
    private static readonly Option<bool> Dark = new("--dark") { Description = "Draw the PNG on dark ground" };

    /// <summary>Gives a verb the options.</summary>
    public static Command WithPictures(this Command command)
    {
        command.Options.Add(Svg);
        command.Options.Add(Png);
        command.Options.Add(Html);
        command.Options.Add(Dark);
        return command;
    }

    /// <summary>Writes what was asked for; pictures are drawn only then.</summary>
    public static void Write(ParseResult words, Func<IReadOnlyList<Picture>> draw)
    {
        var (svg, png, html) = (words.GetValue(Svg), words.GetValue(Png), words.GetValue(Html));
        if (svg is null && png is null && html is null)
            return;
        var pictures = draw();
        if (svg is not null)
            WriteText(svg, Picture.Stack(pictures).ToSvg());
        if (html is not null)
            WriteText(html, Page.Html(pictures[0].Title, pictures));
        if (png is not null)
            SafeFile.Write(png, stream => Picture.Stack(pictures).WritePng(stream, words.GetValue(Dark)));
    }

    private static void WriteText(string path, string text) => SafeFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
}
