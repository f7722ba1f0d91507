using System.Net;
using System.Text;

namespace Pellucid.Pictures;

/// <summary>Pictures on one self-contained page.</summary>
public static class Page
{
    /// <summary>HTML with every picture inside, following the reader's choice of light or dark.</summary>
    public static string Html(string title, IReadOnlyList<Picture> pictures)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        var page = new StringBuilder();
        page.Append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
            + "content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\">\n");
        page.Append($"<title>{WebUtility.HtmlEncode(title)}</title>\n<style>body{{font-family:system-ui,sans-serif;margin:2rem;"
            + $"background:{Ink.Ground.Colour(false)};color:{Ink.Text.Colour(false)}}}");
        page.Append($"figure{{margin:0 0 2rem;overflow-x:auto}}@media (prefers-color-scheme: "
            + $"dark){{body{{background:{Ink.Ground.Colour(true)};color:{Ink.Text.Colour(true)}}}}}</style></head>\n");
        page.Append($"<body><h1>{WebUtility.HtmlEncode(title)}</h1>\n");
        foreach (var picture in pictures)
            page.Append("<figure>").Append(picture.ToSvg()).Append("</figure>\n");
        return page.Append("</body></html>\n").ToString();
    }
}
