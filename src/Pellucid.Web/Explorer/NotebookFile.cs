using System.Net;
using System.Text;
using Pellucid.Pictures;
using Pellucid.Web.Languages;

namespace Pellucid.Web.Explorer;

/// <summary>A notebook as one page of HTML with everything in it: pictures, numbers, what was said, and how to see it again.</summary>
internal static class NotebookFile
{
    public static string Html(string title, IReadOnlyList<NotebookPage> pages, Language language)
    {
        var page = new StringBuilder();
        page.Append($"<!doctype html>\n<html lang=\"{language.Code}\"><head><meta charset=\"utf-8\">"
            + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
            + "<meta name=\"color-scheme\" content=\"light dark\">\n"
            + $"<title>{Escaped(title)}</title>\n<style>{Style}</style></head>\n<body><main><h1>{Escaped(title)}</h1>\n");
        foreach (var one in pages)
        {
            page.Append($"<section><h2>{Escaped(one.Title)}</h2>\n");
            foreach (var paragraph in one.Note.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                page.Append($"<p>{Escaped(paragraph)}</p>\n");
            page.Append($"<figure tabindex=\"0\" role=\"group\" aria-label=\"{Escaped(one.Title)}\">{one.Svg}</figure>\n");
            page.Append($"<p class=\"of\">{Escaped(language["notebook.seen-on", one.Model])} <code>{Escaped(one.Weights)}</code></p>\n");
            Fold(page, language["notebook.numbers"], one.Numbers);
            Fold(page, language["notebook.experiment"], one.Experiment);
            page.Append("</section>\n");
        }
        return page.Append($"<p class=\"of\">{Escaped(language["notebook.experiments-are-replayed"])} "
            + "<code>pellucid look intervene MODEL --replay experiment.json</code></p>\n</main></body></html>\n").ToString();
    }

    private static string Style { get; } = $"body{{font-family:system-ui,sans-serif;margin:0;{Colours(false)}}}"
        + "main{max-width:60rem;margin:0 auto;padding:1.5rem}section{margin:0 0 2.5rem}figure{margin:1rem 0;overflow-x:auto}"
        + "p{line-height:1.5}.of{font-size:.85rem;overflow-wrap:anywhere}pre{overflow-x:auto;font-size:.8rem}"
        + $"@media (prefers-color-scheme: dark){{body{{{Colours(true)}}}}}";

    private static string Colours(bool dark) => $"background:{Ink.Ground.Colour(dark)};color:{Ink.Text.Colour(dark)}";

    private static void Fold(StringBuilder page, string name, string text) =>
        page.Append($"<details><summary>{Escaped(name)}</summary><pre tabindex=\"0\">{Escaped(text)}</pre></details>\n");

    private static string Escaped(string text) => WebUtility.HtmlEncode(text);
}
