using System.Text.Json;
using System.Text.RegularExpressions;
using Pellucid.Cli.Parsing;

namespace Pellucid.Cli.Tests;

/// <summary><c>docs/article.md</c>: what the article claims, where it is shown, by which command, and what the tour says of it.</summary>
[Collection(QuickTour.Shared)]
public sealed partial class ArticleTests(QuickTour tour)
{
    private static readonly string Docs = Path.Combine(DocumentationTests.Root(), "docs");

    private sealed record Claim(string Said, string Where, string Command, string Verdict);

    private static readonly IReadOnlyList<Claim> Claims = [.. File.ReadAllLines(Path.Combine(Docs, "article.md"))
        .Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| claim or example", StringComparison.Ordinal))
        .Select(line => Split().Split(line.Trim('|', ' ')))
        .Select(cells => new Claim(cells[0], cells[1], cells[2].Trim('`', ' '), cells[3]))];

    [Fact]
    public void The_list_is_about_as_long_as_the_article_has_claims_and_every_verdict_is_of_a_kind()
    {
        Assert.True(Claims.Count >= 60, $"{Claims.Count} claims");
        Assert.Equal(Claims.Count, Claims.Select(claim => claim.Said).Distinct().Count());
        Assert.All(Claims, claim => Assert.Matches("^(holds: |missed: |told: |shown|out of reach)", claim.Verdict));
        Assert.All(Claims,
            claim => Assert.True(claim.Command.Length > 0 || claim.Verdict.StartsWith("out of reach: ", StringComparison.Ordinal),
                claim.Said));
    }

    [Fact]
    public void Every_command_is_one_that_pellucid_knows() => Assert.All(Claims.Where(claim => claim.Command.Length > 0), claim =>
    {
        Assert.StartsWith("pellucid ", claim.Command, StringComparison.Ordinal);
        string[] words =
            [.. Words().Matches(claim.Command).Select(match => match.Value.Replace("\"", "", StringComparison.Ordinal)).Skip(1)];
        var parsed = PellucidCommand.Parse(PellucidCommand.CreateRoot(), words);
        Assert.True(Complaint.About(parsed, words) is null, $"{claim.Command}: {Complaint.About(parsed, words)}");
    });

    [Fact]
    public void Every_chapter_and_page_is_there() => Assert.All(Claims, claim =>
    {
        if (Chapter().Match(claim.Where) is { Success: true } chapter)
            Assert.Contains(tour.Chapters, one => one.GetProperty("id").GetString() == chapter.Groups[1].Value);
        else
            Assert.True(Page().Match(claim.Where) is { Success: true } page
                && (page.Groups[1].Value.StartsWith("https://www.understandingai.org/", StringComparison.Ordinal)
                    || File.Exists(Path.Combine(Docs, page.Groups[1].Value))), claim.Where);
    });

    [Fact]
    public void Every_verdict_with_a_measure_is_the_one_that_the_tour_computes()
    {
        var named = Claims.Where(claim => Judged().IsMatch(claim.Verdict))
            .Select(claim => (Claim: claim, Match: Measured().Match(claim.Verdict))).ToList();
        Assert.True(named.Count >= 30);
        Assert.All(named, one =>
        {
            Assert.True(one.Match.Success, one.Claim.Verdict);
            var measure = tour.Measure(Chapter().Match(one.Claim.Where).Groups[1].Value, one.Match.Groups[2].Value);
            Assert.True(
                one.Match.Groups[1].Value == (measure.TryGetProperty("met", out var met) ? met.GetBoolean() ? "holds" : "missed" : "told"),
                $"{one.Claim.Said}: {one.Claim.Verdict}");
        });
    }

    [GeneratedRegex(@"\s*\|\s*")]
    private static partial Regex Split();

    [GeneratedRegex("(?:\"[^\"]*\"|[^\\s\"])+")]
    private static partial Regex Words();

    [GeneratedRegex(@"^tour (\d\d)$")]
    private static partial Regex Chapter();

    [GeneratedRegex(@"^\[[^\]]+\]\(([^)]+)\)$")]
    private static partial Regex Page();

    [GeneratedRegex("^(holds|missed|told): ")]
    private static partial Regex Judged();

    [GeneratedRegex(@"^(holds|missed|told): \*([^*]+)\*(?:[,;] .+)?$")]
    private static partial Regex Measured();
}
