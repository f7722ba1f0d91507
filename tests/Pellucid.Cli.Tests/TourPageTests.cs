using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Pellucid.Cli.Parsing;
using Pellucid.Cli.Tour;
using Pellucid.Models;
using Pellucid.Web.Explorer;

namespace Pellucid.Cli.Tests;

/// <summary>The tour's page, as a reader has it.</summary>
[Collection(QuickTour.Shared)]
public sealed class TourPageTests(QuickTour tour)
{
    [Fact]
    public void The_report_is_one_file_in_two_languages_and_needs_nothing_else()
    {
        var path = tour.Numbers.GetProperty("report").GetString()!;
        Assert.Equal(Path.Combine(tour.Folder, "report.html"), path);
        var page = File.ReadAllText(path);
        foreach (var text in (string[])["Word vectors", "词向量", "prefers-color-scheme", "@media print", "<svg"])
            Assert.Contains(text, page, StringComparison.Ordinal);
        Assert.DoesNotContain("<img", page, StringComparison.Ordinal);
        // What it names elsewhere, a reader may follow; the page itself fetches nothing.
        Assert.DoesNotMatch("""(?i)\bsrc=|(?<!new )url\(|@import|<link|<iframe|fetch\(|XMLHttpRequest""", page);
        Assert.All(Regex.Matches(page, "https?://[^\"<]*").Select(match => match.Value), address => Assert.True(
            address == "http://www.w3.org/2000/svg" || address.StartsWith("http://127.0.0.1:8080/?", StringComparison.Ordinal)
            || address.StartsWith("https://www.understandingai.org/p/large-language-models-explained-with#:~:text=",
                StringComparison.Ordinal), address));
        Assert.Equal(page.Split("<figure>").Length, page.Split("<figcaption>").Length);
    }

    [Fact]
    public void Each_chapter_leads_to_the_article_and_ends_with_a_command_and_a_state_of_the_explorer()
    {
        var page = File.ReadAllText(Path.Combine(tour.Folder, "report.html"));
        var chapters = page.Split("<section id=\"c").Skip(1).ToList();
        Assert.Equal(tour.Chapters.Count, chapters.Count);
        foreach (var chapter in chapters)
        {
            Assert.Contains("<a href=\"https://www.understandingai.org/", chapter, StringComparison.Ordinal);
            var commands = Regex.Matches(chapter, "<pre>([^<]*)</pre>")
                .Select(match => WebUtility.HtmlDecode(match.Groups[1].Value)).ToList();
            Assert.Equal(2, commands.Count);
            Assert.StartsWith("pellucid explore tiny", commands[1], StringComparison.Ordinal);
            Assert.All(commands, command =>
            {
                string[] words = [.. Regex.Matches(command, "(?:\"[^\"]*\"|[^\\s\"])+")
                    .Select(match => match.Value.Replace("\"", "", StringComparison.Ordinal)).Skip(1)];
                var complaint = Complaint.About(PellucidCommand.Parse(PellucidCommand.CreateRoot(), words), words);
                Assert.True(complaint is null, $"{command}: {complaint}");
            });
            var address = WebUtility.HtmlDecode(Regex.Match(chapter, "http://127[^\"]*").Value);
            Assert.Empty(AddressWords.WithoutMeaning(address));
            Assert.Equal(new Uri(address).Query, new Uri("http://127.0.0.1:8080/" + ExplorerState.Parse(address).ToQuery()).Query);
        }
    }

    [Fact]
    public void Words_of_the_trade_lead_to_what_they_mean_once_a_chapter()
    {
        var page = File.ReadAllText(Path.Combine(tour.Folder, "report.html"));
        var meanings = Regex.Matches(page, "<dt id=\"(g-[a-z-]+)\">").Select(match => match.Groups[1].Value).ToList();
        Assert.Equal(meanings, meanings.Distinct());
        Assert.True(meanings.Count > 25);
        var linked = page.Split("<section id=\"c").Skip(1)
            .Select(chapter => Regex.Matches(chapter, "<a class=\"term\" href=\"#([^\"]+)\">([^<]+)</a>")).ToList();
        Assert.All(linked, terms => Assert.All(terms.GroupBy(term => term.Groups[1].Value), same => Assert.InRange(same.Count(), 1, 2)));
        var used = linked.SelectMany(terms => terms.Select(term => term.Groups[1].Value)).ToHashSet();
        Assert.Empty(used.Except(meanings));
        Assert.Empty(meanings.Except(used)); // nothing is explained that the page does not say
    }

    [Fact]
    public void Pictures_and_numbers_lie_beside_the_report()
    {
        var pictures = Directory.GetFiles(Path.Combine(tour.Folder, "pictures"), "*.svg");
        Assert.All(tour.Chapters, chapter => Assert.Contains(pictures,
            picture => Path.GetFileName(picture).StartsWith(chapter.GetProperty("id").GetString()!, StringComparison.Ordinal)));
        Assert.All(pictures, picture => Assert.Equal("svg", XDocument.Load(picture).Root!.Name.LocalName));
        using var numbers = JsonDocument.Parse(File.ReadAllText(Path.Combine(tour.Folder, "numbers.json")));
        Assert.Equal(11, numbers.RootElement.GetProperty("chapters").GetArrayLength());
    }

    [Fact]
    public void Names_on_the_map_cover_no_others()
    {
        var names = XDocument.Load(Path.Combine(tour.Folder, "pictures", "01-vectors.svg")).Descendants()
            .Where(element => element.Name.LocalName == "text").Skip(1) // the title
            .Select(text => (X: (double)text.Attribute("x")!, Y: (double)text.Attribute("y")!, text.Value)).ToList();
        Assert.True(names.Count > 16);
        foreach (var one in names)
            Assert.DoesNotContain(names, other => other != one && Math.Abs(other.Y - one.Y) < 11
                && one.X < other.X + Pictures.Picture.TextWidth(other.Value, 11)
                && other.X < one.X + Pictures.Picture.TextWidth(one.Value, 11));
    }

    [Fact]
    public void The_Chinese_page_has_titles_in_Chinese_and_no_cell_says_a_thing_twice()
    {
        var page = File.ReadAllText(Path.Combine(tour.Folder, "report.html"));
        var drawn = Regex.Split(page, "<div lang=\"zh-Hans\"><div [^>]*><svg").Skip(1).ToList();
        Assert.Equal(page.Split("<figure>").Length - 1, drawn.Count);
        Assert.All(drawn, svg =>
        {
            var title = svg.Split("<title>")[1].Split("</title>")[0];
            Assert.True(WebUtility.HtmlDecode(title).Any(letter => letter >= 0x4E00), title);
        });
        Assert.DoesNotMatch(@"\btour\.[a-z-]+\.[a-z]", page); // a key that was taken for what it says
        Assert.DoesNotContain(Regex.Matches(page, "<td[^>]*>([^<]*)</td>"),
            cell => cell.Groups[1].Value.Any(letter => letter >= 0x4E00));
    }

    [Fact]
    public void The_closing_table_has_every_central_number_and_what_other_seeds_came_to()
    {
        var record = TrialRecord.Of(BuiltInModel.Folder, TrialRecord.SeedsFile);
        Assert.True(record.Models.Count == 0 // where it was not measured
            || record.Models.Select(model => model.Training).SequenceEqual(["train " + Recipe.TinyOf(1), "train " + Recipe.TinyOf(3)]));
        var page = File.ReadAllText(Path.Combine(tour.Folder, "report.html"));
        var rows = page.Split("<section id=\"numbers\">")[1].Split("</section>")[0].Split("<tr>").Skip(2).ToList();
        var results = File.ReadAllText(Path.Combine(DocumentationTests.Root(), "docs", "results", "tour.md"));
        Assert.Equal(tour.Chapters.Sum(chapter => 1 + Central(chapter).Count), rows.Count);
        foreach (var chapter in tour.Chapters)
        {
            var (id, central) = (chapter.GetProperty("id").GetString()!, Central(chapter));
            foreach (var (place, measure) in central.Index())
            {
                var name = measure.GetProperty("name").GetString()!;
                var cells = Regex.Matches(rows.Single(row => row.StartsWith($"<td class=\"n\">{id}</td>", StringComparison.Ordinal)
                    && row.Contains($">{WebUtility.HtmlEncode(name)}<", StringComparison.Ordinal)), "<td[^>]*>(.*?)</td>")
                    .Select(match => WebUtility.HtmlDecode(match.Groups[1].Value)).ToList();
                Assert.Equal(5 + record.Models.Count, cells.Count);
                Assert.EndsWith(measure.GetProperty("met").GetBoolean() ? "✓" : "✗", cells[4], StringComparison.Ordinal);
                if (record.Models.Count == 0)
                    continue;
                var line = Assert.Single(results.Split('\n'),
                    one => one.StartsWith($"| {id} | {name} |", StringComparison.Ordinal)).Split(" | ");
                foreach (var (seed, model) in record.Models.Index())
                {
                    var tried = model.Chapters.Single(one => one.Id == id).Central;
                    Assert.Equal((central.Count, name), (tried.Count, tried[place].Name));
                    Assert.EndsWith(tried[place].Met ? "✓" : "✗", cells[5 + seed], StringComparison.Ordinal);
                    Assert.Equal(cells[5 + seed], line[5 + seed].TrimEnd(' ', '|'));
                }
            }
        }
    }

    private static List<JsonElement> Central(JsonElement chapter) => [.. chapter.GetProperty("measures").EnumerateArray()
        .Where(measure => measure.GetProperty("standing").GetString() == "central")];

    [Fact]
    public void What_is_missed_is_shown_on_smaller_models_as_they_were_recorded()
    {
        var record = TrialRecord.Of(BuiltInModel.Folder, TrialRecord.SizesFile);
        Assert.Equal(3, record.Models.Count);
        Assert.Equal(record.Models.OrderBy(model => model.Parameters), record.Models);
        foreach (var chapter in tour.Chapters)
        {
            var (id, central) = (chapter.GetProperty("id").GetString()!, Central(chapter));
            var asked = record.Models.SelectMany(model => model.Chapters.Where(one => one.Id == id)).ToList();
            Assert.True(asked.Count is 0 or 3);
            Assert.All(asked, one => Assert.Equal(central.Count, one.Central.Count));
            Assert.Equal(asked.Count > 0 && central.Exists(measure => !measure.GetProperty("met").GetBoolean()),
                File.Exists(Path.Combine(tour.Folder, "pictures", $"{id}-sizes.svg")));
        }
    }
}
