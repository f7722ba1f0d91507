using System.Text.Json;
using Pellucid.Looking;
using Pellucid.Models;

namespace Pellucid.Tests.Looking.TransformerLens;

/// <summary>Losses, activations, logit lens and head scores.</summary>
public sealed class ReadingTests : IDisposable
{
    private static readonly string[] Prompts = ["p", "s", "q", "repeated", "adjacent"];

    private readonly Golden _golden = new();

    private Gpt Gpt => _golden.Gpt;

    [Fact]
    public void Losses_of_every_token()
    {
        foreach (var prompt in Prompts)
        {
            var tokens = _golden.Tokens(prompt);
            using var pass = new ForwardPass(Gpt);
            pass.Rows.Add(tokens);
            var run = pass.NewRun();
            var losses = Readout.Losses(Gpt, Gpt.Forward(pass.Rows, run), [.. tokens[1..], -1], run)[..^1];
            Golden.AssertNear(Golden.Numbers(_golden.Prompt(prompt).GetProperty("loss_per_token")), losses, prompt);
            Golden.AssertNear(Golden.Numbers(_golden.Prompt(prompt).GetProperty("mean_loss")), [losses.Average()], prompt);
        }
    }

    [Fact]
    public void Every_activation()
    {
        foreach (var prompt in (string[])["p", "q"])
        {
            using var theirs = Golden.Tensors($"cache-{prompt}");
            using var ours = ActivationCache.Record(Gpt, new Prompts([_golden.Tokens(prompt)]));
            var activations = new Activations(_golden, ours);
            foreach (var name in theirs.Names)
            {
                var (expected, actual) = (theirs.ReadFloat32(name), activations.Of(name));
                Assert.Equal(expected.Length, actual.Length);
                var columns = theirs.Shape(name)[^1];
                for (var row = 0; row < expected.Length; row += columns)
                {
                    var finite = Enumerable.Range(row, columns).Where(i => float.IsFinite(expected[i])).ToArray();
                    var bound = 4e-6 * finite.Max(i => Math.Abs(expected[i])) + 3e-6;
                    Assert.All(finite, i => Assert.True(Math.Abs(expected[i] - actual[i]) <= bound,
                        $"{prompt} {name}[{i}]: {expected[i]}, we {actual[i]}"));
                    // What is masked has no number in either.
                    Assert.All(Enumerable.Range(row, columns).Except(finite),
                        i => Assert.True(actual[i] < -1e30f, $"{name}[{i}] is {actual[i]}"));
                }
            }
        }
    }

    [Fact]
    public void The_logit_lens()
    {
        foreach (var prompt in (string[])["p", "q"])
        {
            var places = _golden.Prompt(prompt).GetProperty("logit_lens").EnumerateArray().ToArray();
            var all = new Prompts([_golden.Tokens(prompt)]);
            AssertLens(places, LogitLens.Read(Gpt, all), "target", "target_rank", "target_probability");
            foreach (var answer in (int[])(prompt == "p" ? [719, 744] : []))
                AssertLens(places, LogitLens.Read(Gpt, all, target: (_, _) => answer), "", $"rank_of_{answer}", $"probability_of_{answer}");
        }
    }

    private static void AssertLens(JsonElement[] places, IReadOnlyList<LensReading> readings, string target,
        string rank, string probability)
    {
        foreach (var reading in readings)
        {
            var place = places[reading.Activation == Activation.ResidPre ? 0
                : 2 * reading.Layer + (reading.Activation == Activation.ResidMid ? 1 : 2)];
            var at = $"{place.GetProperty("label")} {reading.Position}";
            JsonElement Here(string name) => place.GetProperty(name)[reading.Position];
            Assert.Equal(Here("top_tokens").EnumerateArray().Select(token => token.GetInt32()), reading.Top.Select(top => top.Token));
            Golden.AssertNear(Golden.Numbers(Here("top_probabilities")), reading.Top.Select(top => top.Probability), at);
            Golden.AssertNear([Here("entropy").GetDouble(), Here("kl_to_end").GetDouble(), Here(probability).GetDouble()],
                [reading.Entropy, reading.Divergence, reading.TargetProbability], at);
            Assert.Equal((target.Length > 0 ? Here(target).GetInt32() : reading.Target, Here(rank).GetInt32()),
                (reading.Target, reading.TargetRank));
        }
    }

    [Fact]
    public void Scores_of_heads_are_means_over_the_rows_that_have_what_is_looked_for()
    {
        foreach (var prompt in Prompts)
        {
            var heads = HeadSummary.Of(Gpt, new Prompts([_golden.Tokens(prompt)]));
            var means = _golden.Prompt(prompt).GetProperty("plain_means_of_attention");
            foreach (var (name, score) in (ReadOnlySpan<(string, Func<HeadSummary, double>)>)[
                ("previous_token", head => head.PreviousToken), ("first", head => head.First),
                ("self", head => head.Self), ("entropy", head => head.Entropy), ("duplicate_token", head => head.DuplicateToken),
                ("induction", head => head.Induction)])
                Golden.AssertNear(Golden.Numbers(means.GetProperty(name)), heads.Select(score), $"{name} of {prompt}");
        }
    }

    [Fact]
    public void From_our_patterns_come_the_scores_of_its_head_detector()
    {
        foreach (var prompt in Prompts)
        {
            var tokens = _golden.Tokens(prompt);
            using var cache = ActivationCache.Record(Gpt, new Prompts([tokens]), (activation, _) => activation == Activation.Pattern);
            var n = tokens.Length;
            foreach (var detector in _golden.Prompt(prompt).GetProperty("head_detector").EnumerateObject())
            {
                bool Detects(int i, int j) => detector.Name switch
                {
                    "previous_token_head" => j == i - 1,
                    "duplicate_token_head" => j < i && tokens[j] == tokens[i],
                    _ => j > 0 && j <= i && tokens[j - 1] == tokens[i] && j - 1 < i,
                };
                foreach (var (name, leaves) in (ReadOnlySpan<(string, Func<int, int, bool>)>)[("mul", (_, _) => false),
                    ("mul_exclude_bos", (_, j) => j == 0),
                    ("mul_exclude_current_token", (i, j) => i == j), ("mul_exclude_both", (i, j) => j == 0 || i == j)])
                {
                    var scores = Component.Heads(Gpt.Config).Select(head =>
                    {
                        var (A, found, all) = (cache.Pattern(Activation.Pattern, head.Layer, head.Head, 0), 0.0, 0.0);
                        for (var i = 0; i < n; i++)
                            for (var j = 0; j <= i; j++)
                                (found, all) = leaves(i, j) ? (found, all) : (found + (Detects(i, j) ? A[i, j] : 0), all + A[i, j]);
                        return found / all;
                    });
                    Golden.AssertNear(Golden.Numbers(detector.Value.GetProperty(name)), scores, $"{detector.Name} {name} of {prompt}");
                }
                var distances = Component.Heads(Gpt.Config).Select(head =>
                {
                    var A = cache.Pattern(Activation.Pattern, head.Layer, head.Head, 0);
                    return 1.0 - Enumerable.Range(0, n * n).Sum(cell =>
                        (double)Math.Abs((cell % n <= cell / n ? A[cell / n, cell % n] : 0) - (Detects(cell / n, cell % n) ? 1 : 0))) / n;
                }).ToArray();
                Golden.AssertNear(Golden.Numbers(detector.Value.GetProperty("abs_unrounded")), distances,
                    $"{detector.Name} abs of {prompt}");
                Golden.AssertNear(Golden.Numbers(detector.Value.GetProperty("abs")).Zip(distances,
                    (theirs, ours) => Math.Abs(theirs - ours) < 6e-4 ? 0.0 : 1),
                    distances.Select(_ => 0.0), $"{detector.Name} rounded abs of {prompt}");
                Assert.Equal(detector.Value.GetProperty("rows_with_a_one").EnumerateArray().Select(row => row.GetInt32()),
                    Enumerable.Range(0, n).Where(i => Enumerable.Range(0, i + 1).Any(j => Detects(i, j))));
            }
        }
    }

    public void Dispose() => _golden.Dispose();
}
