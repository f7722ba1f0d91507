using System.Globalization;
using System.Net;
using System.Text;
using Pellucid.Web.Explorer;
using Pellucid.Web.Languages;

namespace Pellucid.Cli.Tour;

/// <summary>The tour as one page: everything inside, light or dark as the reader likes it, in every language, fit for paper.</summary>
internal static class Report
{
    private const string Style = """
        :root{--ground:#fff;--text:#1c2128;--muted:#5d6671;--line:#d8dde3;--soft:#f4f6f8;--good:#15803d;--half:#a16207;--bad:#b91c1c;
        color-scheme:light dark}
        @media (prefers-color-scheme:dark){:root{--ground:#14171c;--text:#e6e9ee;--muted:#97a1ae;--line:#333b45;--soft:#1c2128;
        --good:#4ade80;--half:#facc15;--bad:#f87171}}
        *{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--text);font:16px/1.6 ui-sans-serif,system-ui,
        -apple-system,'Segoe UI',Roboto,'Noto Sans','PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif}
        main{max-width:60rem;margin:0 auto;padding:1.5rem 1rem 4rem}h1{font-size:2rem;line-height:1.2;margin:.5rem 0}h2{font-size:1.35rem;
        line-height:1.3;margin:0 0 .5rem}
        section{border-top:1px solid var(--line);padding-top:1.5rem;margin-top:2rem}p{margin:.5rem 0}.claim{font-size:1.08rem}
        .muted,figcaption,caption{color:var(--muted)}
        table{border-collapse:collapse;width:100%;margin:1rem 0;font-size:.93rem}th,td{text-align:left;padding:.35rem .6rem;
        border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
        td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}caption{text-align:left;caption-side:bottom;
        padding-top:.4rem}
        figure{margin:1.2rem 0;padding:.8rem;border:1px solid var(--line);border-radius:.5rem}.scroll{overflow-x:auto}
        .scroll td,.scroll th{overflow-wrap:break-word}.scroll td:first-child:not(.n){min-width:7em}#numbers table{min-width:52rem}
        svg{display:block;max-width:100%;height:auto}
        figure>div{overflow-x:auto}
        @media (max-width:600px){main{padding:1rem .6rem 3rem}figure{padding:.3rem;margin:1.2rem 0}h1{font-size:1.6rem}
        .measures tr{display:grid;grid-template-columns:1fr auto 1.2rem;border-bottom:1px solid var(--line);padding:.3rem 0}
        .measures td,.measures th{border:0;padding:.1rem .3rem;text-align:left}.measures td:first-child{grid-column:1/-1}
        .measures th:first-child{display:none}}
        figcaption{margin-top:.6rem;font-size:.93rem}
        .verdict{display:inline-block;font-weight:600;border-radius:.4rem;padding:.05rem .55rem;border:1px solid currentColor}
        .holds{color:var(--good)}.partly{color:var(--half)}.no{color:var(--bad)}.not-asked{color:var(--muted)}
        .aside{background:var(--soft);border-left:3px solid var(--line);padding:.6rem .9rem;border-radius:.3rem}button{font:inherit;
        color:inherit;background:var(--soft);border:1px solid var(--line);border-radius:.4rem;padding:.25rem .8rem;cursor:pointer}
        nav{display:flex;justify-content:space-between;align-items:center;gap:1rem}
        a{color:inherit}a.term{text-decoration:underline dotted;text-underline-offset:.2em}
        .try{margin-top:1.2rem}pre{background:var(--soft);border-radius:.3rem;padding:.5rem .7rem;margin:.3rem 0;white-space:pre-wrap;
        overflow-wrap:anywhere;font:.9rem/1.5 ui-monospace,Consolas,'DejaVu Sans Mono',monospace}
        dt{font-weight:600;margin-top:.6rem}dd{margin:0 0 0 1rem}
        :target{outline:2px solid var(--half);outline-offset:4px}
        @media print{button{display:none}.drawn{min-width:0!important}figure>div{overflow:visible}
        #numbers table{min-width:0;font-size:8pt}
        figure,table,h2{break-inside:avoid}main{max-width:none;padding:0}svg{max-width:100%;height:auto}
        .scroll{overflow:visible}body{font-size:11pt}a.term{text-decoration:none}}
        """;

    // The language is the one that the address, then the browser asks for. Where the explorer itself shows this page, links lead to it.
    private const string Script = """
        const root=document.documentElement,buttons=[...document.querySelectorAll('nav button')];
        const find=asked=>(buttons.find(one=>one.value===asked)??buttons.find(one=>one.value.split('-')[0]===asked.split('-')[0]))?.value;
        const asked=new URLSearchParams(location.search).get('lang')??'';
        root.lang=find(location.hash.slice(1))??find(asked)??find(navigator.language)??root.lang;
        for(const one of buttons)one.onclick=()=>root.lang=one.value;
        if(location.protocol!=='file:')for(const one of document.querySelectorAll('a.explore'))one.href='/'+new URL(one.href).search;
        """;

    private const string Article = "https://www.understandingai.org/p/large-language-models-explained-with",
        Footnote = "Reinforcement Learning with Human Feedback";

    private static readonly Phrase[] VerdictNames = [new("tour.report.holds"), new("tour.report.holds-partly"),
        new("tour.report.does-not-hold-at-this"), new("tour.report.not-asked")];

    /// <summary>The page.</summary>
    /// <param name="chapters">What was found.</param>
    /// <param name="closing">What the claims themselves say, all together.</param>
    /// <param name="put">Whom the claims were put to.</param>
    /// <param name="model">What model that is.</param>
    /// <param name="offer">What a reader of a chapter can try.</param>
    public static string Html(IReadOnlyList<(Chapter Chapter, Finding Finding)> chapters, Sheet closing, Phrase put, Phrase model,
        Func<Chapter, Finding, TryIt> offer)
    {
        var glossary = new Glossary();
        var page = new StringBuilder();
        page.Append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
            + "content=\"width=device-width,initial-scale=1\">\n<title>Pellucid: the tour</title>\n");
        page.Append("<style>").Append(Style).AppendJoin("", Language.All.Select(Shows)).Append("</style></head>\n<body><main>\n");
        page.Append("<nav><span class=\"muted\">pellucid tour</span><span>").AppendJoin(' ', Language.All.Select(language =>
            $"<button value=\"{language.Code}\" lang=\"{language.Code}\">{Escaped(language.Name)}</button>")).Append("</span></nav>\n");
        page.Append("<h1>").Append(In(new("tour.report.large-language-models-explained-and"))).Append("</h1>\n");
        page.Append(Paragraph(put));
        page.Append(Paragraph(new("tour.report.verdicts-are-computed"))).Append(Paragraph(model, "muted"));
        AddOverview(page, chapters);
        foreach (var (chapter, finding) in chapters)
            Add(page, chapter, finding, glossary, offer(chapter, finding));
        page.Append("<section id=\"numbers\"><h2>").Append(In(new("tour.closing.title"))).Append("</h2>\n");
        Add(page, closing, In);
        page.Append("</section>\n<section id=\"words\"><h2>").Append(In(new("tour.glossary.title"))).Append("</h2>\n");
        Glossary.AppendTo(page, said => Each("span", language => Escaped(said(language))));
        page.Append("</section>\n").Append(Paragraph(new("tour.report.the-article-large-language-models"), "muted"));
        return page.Append("</main>\n<script>").Append(Script).Append("</script></body></html>\n").ToString();
    }

    // What a page whose language this is does not show: what is said in others, and the button that leads to it.
    private static string Shows(Language language) =>
        $"html[lang={language.Code}] main [lang]:not(button,[lang={language.Code}]),html[lang={language.Code}] "
            + $"button[lang={language.Code}]{{display:none}}";

    private static void AddOverview(StringBuilder page, IReadOnlyList<(Chapter Chapter, Finding Finding)> chapters)
    {
        page.Append("<table>\n");
        foreach (var (chapter, finding) in chapters)
            page.Append(CultureInfo.InvariantCulture, $"<tr><td class=\"n\">{chapter.Id}</td><td><a "
                + $"href=\"#c{chapter.Id}\">{In(chapter.Title)}</a></td><td>{Shown(finding.Verdict)}</td></tr>\n");
        page.Append("</table>\n");
    }

    private static void Add(StringBuilder page, Chapter chapter, Finding finding, Glossary glossary, TryIt tryIt)
    {
        // What is explained where it comes first.
        string Explained(Phrase text) => Each("span", text.In, glossary.Linked);
        string Paragraph(Phrase text, string kind = "") => $"<p{(kind.Length > 0 ? $" class=\"{kind}\"" : "")}>{Explained(text)}</p>\n";
        glossary.Begin();
        page.Append(CultureInfo.InvariantCulture, $"<section id=\"c{chapter.Id}\">\n<h2>{chapter.Id} · {In(chapter.Title)}</h2>\n");
        page.Append(Paragraph(chapter.Claim, "claim")).Append("<p>").Append(Shown(finding.Verdict)).Append("</p>\n");
        AddSource(page, chapter);
        if (finding.NotAskedBecause is { } because)
        {
            page.Append(Paragraph(because)).Append("</section>\n");
            return;
        }
        if (finding.SeedsDisagree)
            page.Append(Paragraph(new("tour.closing.disagree", string.Join(", ", finding.Seeds
                .Where(seed => seed.Chapter.Verdict == ChapterNumbers.Name(Verdict.Holds) != (finding.Alone == Verdict.Holds))
                .Select(seed => seed.Name)))));
        foreach (var missed in finding.Missed)
            page.Append(Paragraph(Why(missed)));
        page.Append(Paragraph(chapter.Experiment));
        page.Append("<table class=\"measures\"><tr>")
            .Append(Head(new("tour.report.measured"), ""))
            .Append(Head(new("tour.report.value"), "n"))
            .Append(Head(new("tour.report.bar"), "n"))
            .Append("<th></th></tr>\n");
        foreach (var measure in finding.Measures)
        {
            var sign = measure.Bar is null ? "" : measure.Meets ? "<span class=\"holds\">✓</span>" : "<span class=\"no\">✗</span>";
            page.Append($"<tr><td>{Explained(Named(measure))}</td><td class=\"n\">{Escaped(measure.Shown)}</td>"
                + $"<td class=\"n\">{Escaped(measure.ShownBar)}</td><td>{sign}</td></tr>\n");
        }
        page.Append("</table>\n");
        foreach (var shown in finding.Shown)
            if (shown is Figure figure)
                page.Append("<figure>")
                    .Append(Drawn(figure))
                    .Append("<figcaption>")
                    .Append(Explained(figure.Caption))
                    .Append("</figcaption></figure>\n");
            else if (shown is Sheet sheet)
                Add(page, sheet, Explained);
        if (chapter.Aside is { } aside)
            page.Append("<div class=\"aside\"><b>").Append(In(new("tour.report.where-the-article-simplifies"))).Append("</b>")
                .Append(Paragraph(aside)).Append("</div>\n");
        AddTrial(page, tryIt);
        page.Append("</section>\n");
    }

    // Where the article says it: its chapter, by the words of its heading.
    private static void AddSource(StringBuilder page, Chapter chapter)
    {
        var (words, name) = chapter.Id == "11" ? (Footnote, new Phrase("tour.report.footnote"))
            : (chapter.Title.English, chapter.Title.English);
        var link = $"<a href=\"{Article}#:~:text={Uri.EscapeDataString(words)}\">";
        page.Append("<p class=\"muted source\">").Append(Each("span", language =>
            language["tour.report.read-in-the-article", name.In(language)], (text, language) => Escaped(text).Replace(
                Escaped(name.In(language)), $"{link}{Escaped(name.In(language))}</a>", StringComparison.Ordinal))).Append("</p>\n");
    }

    private static void AddTrial(StringBuilder page, TryIt tryIt) =>
        page.Append("<div class=\"try\"><b>").Append(In(new("tour.try.title"))).Append("</b>")
            .Append(Paragraph(new("tour.try.command"))).Append($"<pre>{Escaped(tryIt.Command)}</pre>")
            .Append(Paragraph(new("tour.try.explorer"))).Append($"<pre>{Escaped(tryIt.Explore)}</pre>")
            .Append($"<p><a href=\"{Escaped(tryIt.Address)}\">").Append(In(new("tour.try.state"))).Append("</a></p></div>\n");

    private static void Add(StringBuilder page, Sheet sheet, Func<Phrase, string> explained)
    {
        // Numbers stand under each other and are never broken; words are.
        string[] kinds =
            [.. sheet.Columns.Select((_, column) =>
                sheet.Rows.Count > 0 && sheet.Rows.All(row => IsNumber(row[column].English)) ? "n" : "")];
        page.Append("<div class=\"scroll\" tabindex=\"0\"><table><caption>").Append(explained(sheet.Caption)).Append("</caption><tr>");
        for (var column = 0; column < sheet.Columns.Count; column++)
            page.Append(Head(sheet.Columns[column], kinds[column]));
        page.Append("</tr>\n");
        foreach (var row in sheet.Rows)
            page.Append("<tr>").AppendJoin("", row.Select((cell, column) =>
                $"<td{(kinds[column].Length > 0 ? $" class=\"{kinds[column]}\"" : "")}>{In(cell)}</td>")).Append("</tr>\n");
        page.Append("</table></div>\n");
    }

    private static bool IsNumber(string cell) => cell.AsSpan().TrimEnd(" %").IndexOfAnyExcept("0123456789.,-−–") < 0;

    private static Phrase Named(Measure measure) => measure.Standing switch
    {
        Standing.Central => new("tour.report.central", measure.Name),
        Standing.Baseline => new("tour.report.baseline", measure.Name),
        _ => measure.Name,
    };

    private static Phrase Why(Measure missed) => missed.WhyMissed is { } why ? new("tour.and", Short(missed), why) : Short(missed);

    private static Phrase Short(Measure missed) => new(
        missed.IsNearChance ? "tour.report.near-chance"
            : missed.Bar!.Value.Side == Side.AtLeast ? "tour.report.below-its-bar" : "tour.report.above-its-bar",
        missed.Name, missed.Shown, missed.ShownBar);

    /// <summary>What a verdict is called, by its name for programs.</summary>
    public static Phrase NameOf(string verdict) => VerdictNames[Array.FindIndex(Enum.GetValues<Verdict>(),
        one => ChapterNumbers.Name(one) == verdict)];

    private static string Shown(Verdict verdict) =>
        $"<span class=\"verdict {ChapterNumbers.Name(verdict)}\">{In(VerdictNames[(int)verdict])}</span>";

    private static string Head(Phrase text, string kind) => $"<th{(kind.Length > 0 ? $" class=\"{kind}\"" : "")}>{In(text)}</th>";

    private static string Paragraph(Phrase text, string kind = "") => $"<p{(kind.Length > 0 ? $" class=\"{kind}\"" : "")}>{In(text)}</p>\n";

    // Letters never become smaller than three quarters: on a telephone a wide picture is moved sideways instead.
    private static string Drawn(Figure figure) => Each("div", language =>
    {
        var picture = figure.Pictures[Place(language)];
        return string.Create(CultureInfo.InvariantCulture, $"<div class=\"drawn\" style=\"min-width:{0.75 * picture.Width:0}px\">")
            + picture.ToSvg() + "</div>";
    });

    // All languages where they differ; the page shows one of them.
    private static string In(Phrase text) => Each("span", language => Escaped(text.In(language)));

    // As text whose words lead somewhere: the same in all languages, it leads nowhere.
    private static string Each(string element, Func<Language, string> said, Func<string, Language, string> linked)
    {
        var all = Language.All.Select(said).Distinct().Take(2).ToList();
        return all.Count == 1 ? Escaped(all[0]) : Each(element, language => linked(said(language), language));
    }

    private static string Each(string element, Func<Language, string> said)
    {
        var all = Language.All.Select(language => (language.Code, Said: said(language))).ToList();
        return all.TrueForAll(one => one.Said == all[0].Said) ? element == "span" ? all[0].Said : $"<{element}>{all[0].Said}</{element}>"
            : string.Concat(all.Select(one => $"<{element} lang=\"{one.Code}\">{one.Said}</{element}>"));
    }

    private static int Place(Language language) => Language.All.ToList().IndexOf(language);

    private static string Escaped(string text) => WebUtility.HtmlEncode(text);
}
