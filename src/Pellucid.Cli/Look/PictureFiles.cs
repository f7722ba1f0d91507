using System.CommandLine;
using System.Text;
using Pellucid.Files;
using Pellucid.Pictures;
using SkiaSharp;

namespace Pellucid.Cli.Look;

/// <summary>Options that write a verb's pictures to files.</summary>
internal static class PictureFiles
{
    private const float Sharpness = 2;

    private static readonly Option<string?> Svg = new("--svg") { Description = "Write the picture as SVG, which follows the reader's light or dark" };
    private static readonly Option<string?> Png = new("--png") { Description = "Write the picture as PNG" };
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
            SafeFile.Write(png, stream => Paint(Picture.Stack(pictures), words.GetValue(Dark)).SaveTo(stream));
    }

    private static void WriteText(string path, string text) => SafeFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    private static SKData Paint(Picture picture, bool dark)
    {
        var size = new SKImageInfo((int)Math.Ceiling(picture.Width * Sharpness), (int)Math.Ceiling(picture.Height * Sharpness));
        using var surface = SKSurface.Create(size) ?? throw new InvalidDataException($"a picture of {size.Width} × {size.Height} pixels cannot be painted; write it as --svg");
        var canvas = surface.Canvas;
        canvas.Scale(Sharpness);
        canvas.Clear(Colour(Ink.Ground, 1, dark));
        foreach (var mark in picture.Marks)
            Paint(canvas, mark, dark);
        using var image = surface.Snapshot();
        return image.Encode(SKEncodedImageFormat.Png, 100);
    }

    private static void Paint(SKCanvas canvas, Mark mark, bool dark)
    {
        using var paint = new SKPaint { IsAntialias = true, Color = Colour(mark.Ink, mark.Opacity, dark) };
        switch (mark)
        {
            case Box box:
                canvas.DrawRoundRect((float)box.X, (float)box.Y, (float)box.Width, (float)box.Height, (float)box.Corner, (float)box.Corner, paint);
                break;
            case Stroke stroke:
                paint.Style = SKPaintStyle.Stroke;
                paint.StrokeWidth = (float)stroke.Thickness;
                using (var path = PathOf(stroke))
                    canvas.DrawPath(path, paint);
                break;
            case Label label:
                using (var font = new SKFont(SKTypeface.Default, (float)label.Size))
                    Paint(canvas, label, font, paint);
                break;
        }
    }

    private static void Paint(SKCanvas canvas, Label label, SKFont font, SKPaint paint)
    {
        canvas.Save();
        canvas.Translate((float)label.X, (float)label.Y);
        if (label.Upright)
            canvas.RotateDegrees(-90);
        canvas.DrawText(label.Text, 0, 0, label.Align switch { Align.Middle => SKTextAlign.Center, Align.End => SKTextAlign.Right, _ => SKTextAlign.Left }, font, paint);
        canvas.Restore();
    }

    private static SKPath PathOf(Stroke stroke)
    {
        var (path, points) = (new SKPath(), stroke.Points.Select(point => new SKPoint((float)point.X, (float)point.Y)).ToArray());
        path.MoveTo(points[0]);
        if (stroke.Smooth)
            path.CubicTo(points[1], points[2], points[3]);
        else
            foreach (var point in points.Skip(1))
                path.LineTo(point);
        return path;
    }

    private static SKColor Colour(Ink ink, double opacity, bool dark) => SKColor.Parse(ink.Colour(dark)).WithAlpha((byte)Math.Round(255 * opacity));
}
