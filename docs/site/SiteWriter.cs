using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Pellucid.Site;

/// <summary>Writes pages, their style, and the index that the search reads; all works from a folder too, without a server.</summary>
internal sealed class SiteWriter(Library library, string output)
{
    private static readonly string[] Assets = ["site.css", "site.js"];

    public void Write()
    {
        foreach (var page in library.Pages)
            Save(page.Address, Page(page));
        foreach (var (path, address) in library.Files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(output, address))!);
            File.Copy(Path.Combine(library.Root, path), Path.Combine(output, address), overwrite: true);
        }
        foreach (var name in Assets)
        {
            using var asset = new StreamReader(typeof(SiteWriter).Assembly.GetManifestResourceStream(name)!);
            Save(name, asset.ReadToEnd());
        }
        Save("search.js", Index());
    }

    private string Page(Document page)
    {
        var words = page.IsChinese ? Words.Chinese : Words.English;
        string Way(string to) => Library.Way(page.Address, to);
        var other = library.Other(page)?.Address ?? (page.IsChinese ? "index.html" : "zh/index.html");
        return $"""
            <!doctype html>
            <html lang="{words.Code}" data-root="{Way("")}">
            <head>
            <meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>{Text(page.Title == "Pellucid" ? page.Title : $"{page.Title} · Pellucid")}</title>
            <link rel="stylesheet" href="{Way("site.css")}">
            <script src="{Way("search.js")}" defer></script><script src="{Way("site.js")}" defer></script>
            </head>
            <body>
            <a class="skip" href="#content">{words.Skip}</a>
            <header>
            <a class="name" href="{Way(page.IsChinese ? "zh/index.html" : "index.html")}">Pellucid</a>
            <search><input type="search" id="search" placeholder="{words.Search}" aria-label="{words.Search}" data-none="{words.None}">
            <ol id="found" aria-live="polite" hidden></ol></search>
            <a href="{Way(other)}" hreflang="{words.OtherCode}" lang="{words.OtherCode}">{words.Other}</a>
            </header>
            <nav aria-label="{words.Pages}"><ul>
            {Navigation(page, words)}
            </ul></nav>
            <main id="content">
            {page.Html()}</main>
            </body>
            </html>

            """.ReplaceLineEndings("\n");
    }

    // Each document once, in the page's language where it has that.
    private string Navigation(Document page, Words words)
    {
        var lines = new StringBuilder();
        foreach (var original in library.Pages.Select(one => one.Original).Distinct())
        {
            var all = library.Pages.Where(one => one.Original == original).ToList();
            var shown = all.FirstOrDefault(one => one.IsChinese == page.IsChinese) ?? all[0];
            var here = shown == page ? " aria-current=\"page\"" : "";
            var note = shown.IsChinese == page.IsChinese ? "" : $" <small>{words.Untranslated}</small>";
            lines.Append($"<li><a href=\"{Library.Way(page.Address, shown.Address)}\"{here}>{Text(shown.Title)}</a>{note}</li>\n");
        }
        return lines.ToString().TrimEnd();
    }

    private string Index()
    {
        var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json, new JsonWriterOptions { Encoder = JavaScriptEncoder.Default }))
        {
            writer.WriteStartArray();
            foreach (var page in library.Pages)
            foreach (var section in page.Sections)
            {
                writer.WriteStartObject();
                writer.WriteString("page", page.Title);
                writer.WriteString("heading", section.Heading);
                writer.WriteString("address", page.Address + (section.Anchor.Length > 0 ? "#" + section.Anchor : ""));
                writer.WriteString("language", page.IsChinese ? "zh" : "en");
                writer.WriteString("text", section.Text);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        }
        return $"const sections = {Encoding.UTF8.GetString(json.ToArray())};\n";
    }

    private void Save(string address, string text)
    {
        var path = Path.Combine(output, address);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private sealed record Words(string Code, string Skip, string Search, string None, string Pages, string OtherCode,
        string Other, string Untranslated)
    {
        public static readonly Words English = new("en", "To the text", "Search", "Nothing found", "Pages", "zh-CN", "中文", "(中文)");
        public static readonly Words Chinese =
            new("zh-CN", "跳到正文", "搜索", "没有找到", "页面", "en", "English", "（英文）");
    }
}
