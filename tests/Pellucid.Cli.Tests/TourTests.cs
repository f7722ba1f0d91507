using System.Text.Json;
using Pellucid.Cli.Tour;
using Pellucid.Models;

namespace Pellucid.Cli.Tests;

/// <summary>The tour as a user runs it: once for all tests that read it.</summary>
[CollectionDefinition(Shared)]
public sealed class QuickTour : IDisposable, ICollectionFixture<QuickTour>
{
    /// <summary>The tests that share it.</summary>
    public const string Shared = "the quick tour";

    /// <summary>How pages call it.</summary>
    public const string Command = "tour --quick";

    private readonly PellucidProcess _process = new();

    public QuickTour()
    {
        Numbers = _process.Run([.. Command.Split(' '), "--out", "tour", "--json"]).Json;
        Chapters = [.. Numbers.GetProperty("chapters").EnumerateArray()];
    }

    public JsonElement Numbers { get; }

    public IReadOnlyList<JsonElement> Chapters { get; }

    public string Folder => Path.Combine(_process.Folder, "tour");

    internal Outcome Run(params string[] words) => _process.Run(words);

    /// <summary>The one measure of a chapter whose name begins so.</summary>
    public JsonElement Measure(string chapter, string name) => Assert.Single(
        Chapters.Single(one => one.GetProperty("id").GetString() == chapter).GetProperty("measures").EnumerateArray(),
        measure => measure.GetProperty("name").GetString()!.StartsWith(name, StringComparison.Ordinal));

    public void Dispose() => _process.Dispose();
}

/// <summary><c>tour</c>, the built-in model, and its recipe.</summary>
[Collection(QuickTour.Shared)]
public sealed class TourTests(QuickTour tour)
{
    // Bars that the built-in model does not reach at its size. The report says so, and why.
    private static readonly string[] FallsShort =
    [
        "Expected layer of coreference, less",
        "Name movers as in the paper",
        "S-inhibition heads as in the paper",
        "Duplicate-token or induction heads",
        "Best neuron for texts that end with substitutes",
        "Lowest layer, less the highest",
        "capitals, layer 0, other prompts",
        "capitals, layer 0 on, random words that repeat",
        "upper-case, layer 0, other prompts",
        "upper-case, layer 0 on, random words that repeat",
        "past-tense, layer 0, other prompts",
        "past-tense, layer 0 on, random words that repeat",
        "Capitals said then, bare",
        "Stories of a moved thing",
        "Their controls",
        "Stories of a label that lies",
        "The same stories, when somebody has looked inside",
        "The reward model: true sentences that it puts before false ones",
    ];

    // Bars that a model trained in the test itself reaches or not as it rounds.
    private static readonly string[] OnTheEdge = ["True answers after PPO, less those after examples"];

    [Fact]
    public void Every_measure_reaches_its_bar_unless_it_is_known_to_fall_short()
    {
        var missed = new List<string>();
        foreach (var measure in tour.Chapters.SelectMany(chapter => chapter.GetProperty("measures").EnumerateArray())
            .Where(measure => measure.TryGetProperty("bar", out _)))
        {
            var (value, bar) = (measure.GetProperty("value").GetDouble(), measure.GetProperty("bar").GetDouble());
            var above = measure.GetProperty("side").GetString() == "at least";
            var sure = !measure.TryGetProperty("chance", out var chance)
                || (above ? value - chance.GetDouble() : chance.GetDouble() - value)
                    >= 3 * measure.GetProperty("standard_error").GetDouble();
            Assert.Equal((above ? value >= bar : value <= bar) && sure, measure.GetProperty("met").GetBoolean());
            if (!measure.GetProperty("met").GetBoolean())
                missed.Add($"{measure.GetProperty("name").GetString()}: {value}, asked {bar}");
        }
        Assert.All(FallsShort, name => Assert.Contains(missed, line => line.StartsWith(name, StringComparison.Ordinal)));
        Assert.DoesNotContain(missed,
            line => !FallsShort.Concat(OnTheEdge).Any(name => line.StartsWith(name, StringComparison.Ordinal)));
    }

    [Fact]
    public void Eleven_chapters_come_in_order_and_verdicts_follow_from_their_measures()
    {
        Assert.Equal(["01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11"],
            tour.Chapters.Select(chapter => chapter.GetProperty("id").GetString()));
        foreach (var chapter in tour.Chapters)
        {
            var barred = chapter.GetProperty("measures").EnumerateArray().Where(measure => measure.TryGetProperty("met", out _))
                .Select(measure => (Met: measure.GetProperty("met").GetBoolean(), Standing: measure.GetProperty("standing").GetString()))
                .ToList();
            Assert.True(barred.Count >= 2);
            // Baselines are never passes; only what the claim says is.
            var claims = barred.Where(one => one.Standing == "central").ToList();
            Assert.NotEmpty(claims);
            var alone = barred.TrueForAll(one => one.Met) ? "holds"
                : claims.Exists(one => one.Met) && !barred.Exists(one => one is { Met: false, Standing: "baseline" }) ? "partly" : "no";
            // Where some seeds hold and others do not, it is partly.
            var record = TrialRecord.Of(BuiltInModel.Folder, TrialRecord.SeedsFile);
            Assert.Equal(record.Models.Count > 0, chapter.TryGetProperty("seeds", out var said));
            var seeds = record.Models.Count == 0 ? new() { [BuiltInModel.Name] = alone }
                : said.EnumerateObject().ToDictionary(seed => seed.Name, seed => seed.Value.GetString());
            Assert.Equal((alone, 1 + record.Models.Count), (seeds[BuiltInModel.Name], seeds.Count));
            Assert.Equal(seeds.Values.Select(verdict => verdict == "holds").Distinct().Count() > 1 ? "partly" : alone,
                chapter.GetProperty("verdict").GetString());
        }
    }

    [Fact]
    public void Look_circuit_finds_what_the_tour_says()
    {
        var found = tour.Run("look", "circuit", "tiny", "--data", "micro-world", "--seed", "5", "--prompts", "3", "--json").Json;
        double Of(string name) => tour.Measure("05", name).GetProperty("value").GetDouble();
        var whole = found.GetProperty("logit_difference").GetDouble();
        Assert.Equal(Of("Of the logit difference, what the circuit alone"),
            found.GetProperty("circuit_logit_difference").GetDouble() / whole,
            1e-9);
        Assert.Equal(Of("Of the logit difference, what is left without the"),
            found.GetProperty("without_circuit_logit_difference").GetDouble() / whole, 1e-9);
        Assert.Equal(Of("Heads in the circuit"), found.GetProperty("nodes").EnumerateArray()
            .Select(node => (node.GetProperty("layer").GetInt32(), node.GetProperty("head").GetInt32())).Distinct().Count());
    }

    [Fact]
    public void Where_nothing_is_paid_for_leaving_the_examples_the_score_rises_and_truth_falls()
    {
        double Of(string name) => tour.Measure("11", name).GetProperty("value").GetDouble();
        Assert.True(tour.Measure("11", "Free PPO, less PPO: score").GetProperty("met").GetBoolean());
        Assert.True(tour.Measure("11", "Free PPO, less PPO: true").GetProperty("met").GetBoolean());
        Assert.True(Of("Free PPO: divergence") > 2 * Of("PPO: divergence"));
        Assert.True(Of("The model alone: answers that begin") > 0.2); // it knows, and goes on and on
        Assert.Contains("What is the capital of ", File.ReadAllText(tour.Numbers.GetProperty("report").GetString()!),
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_built_in_model_is_known_by_name_to_every_verb()
    {
        Assert.Equal(" Paris",
            tour.Run("generate", "tiny", "The capital of France is", "--temperature", "0", "--max-tokens", "1", "--json").Json
                .GetProperty("text").GetString());
        Assert.True(tour.Run("model", "show", "tiny", "--json").Json.GetProperty("parameters").GetInt64() < 2_000_000);
        Assert.Equal(1, tour.Run("evaluate", "cloze", "tiny", "--data", "micro-world/capitals", "--count", "40", "--json").Json
            .GetProperty("accuracy").GetDouble());
        Assert.Equal(0, tour.Run("look", "lens", "tiny", "The capital of Poland is").Code);
        Assert.Equal(0, tour.Run("words", "near", "tiny", "cat").Code);
        Assert.Equal(0, tour.Run("train", "--init", "tiny", "--data", "micro-world:1MB", "--steps", "1", "--eval-batches",
            "1", "--out", "further").Code);
    }

    [Fact]
    public void A_recipe_settles_everything_but_where_to_write()
    {
        TrainTests.AssertRefused(tour.Run("train", "--recipe", "tiny", "--steps", "3"), 2,
            "the recipe tiny settles --steps; leave it out, or train without --recipe");
        TrainTests.AssertRefused(tour.Run("train", "--recipe", "huge"), 2, "there is no recipe 'huge'; there are tiny, unicorn");
    }
}
