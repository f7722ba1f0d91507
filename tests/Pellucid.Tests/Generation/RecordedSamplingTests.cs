using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Pellucid.Generation;

namespace Pellucid.Tests.Generation;

/// <summary>What transformers' processors of logits leave to choose from is what the sampler chooses from.</summary>
public sealed class RecordedSamplingTests
{
    // A bias and a penalty enter a choice alone, so what became of them is counted.
    private const int Draws = 40_000;

    // Not done here; a generation_config.json that asks for one of them is refused by its name.
    private static readonly string[] NotDone = ["typical_p", "epsilon", "eta", "no_repeat_ngram", "minimum length"];

    [Fact]
    public void The_sampler_leaves_what_transformers_leaves()
    {
        using var file = JsonDocument.Parse(File.ReadAllBytes(SharedData.Path("golden/sampling/expected.json")));
        var (exact, drawn) = (0, 0);
        foreach (var recorded in file.RootElement.GetProperty("cases").EnumerateArray())
        {
            var (name, steps) = (recorded.GetProperty("name").GetString()!, recorded.GetProperty("steps").GetString()!);
            if (NotDone.Contains(name))
                continue;
            var options = Options(steps);
            float[] logits = [.. recorded.GetProperty("logits").EnumerateArray().Select(logit => (float)logit.GetDouble())];
            int[] text = [.. recorded.GetProperty("previous_ids").EnumerateArray().Select(id => id.GetInt32())];
            double[] expected = [.. recorded.GetProperty("probabilities").EnumerateArray().Select(value => value.GetDouble())];
            if (options.RepetitionPenalty == 1 && options.LogitBias.Count == 0)
            {
                AssertEqual(expected, Choices(options, logits), logits, steps);
                exact++;
            }
            AssertDrawn(expected, options, logits, text, steps);
            drawn++;
        }
        Assert.Equal((54, 78), (exact, drawn));
    }

    private static double[] Choices(SamplingOptions options, float[] logits)
    {
        var probabilities = new double[logits.Length];
        foreach (var (token, probability) in new Sampler(options).Choices(logits, logits.Length))
            probabilities[token] = probability;
        return probabilities;
    }

    // Of tokens equally likely at the edge of top-p the smaller number stays here, in transformers the greater.
    private static void AssertEqual(double[] expected, double[] actual, float[] logits, string steps)
    {
        foreach (var alike in Enumerable.Range(0, logits.Length).GroupBy(token => logits[token]))
            foreach (var (one, other) in alike.Select(token => expected[token]).Order()
                .Zip(alike.Select(token => actual[token]).Order()))
                Assert.True(Math.Abs(one - other) < 1e-6, $"{steps}: {one} and {other}");
    }

    private static void AssertDrawn(double[] expected, SamplingOptions options, float[] logits, int[] text, string steps)
    {
        var (counts, sampler) = (new double[logits.Length], new Sampler(options));
        for (var step = 0; step < Draws; step++)
            counts[sampler.Choose(logits, step, text)]++;
        var frequencies = Array.ConvertAll(counts, count => count / Draws);
        foreach (var alike in Enumerable.Range(0, logits.Length).GroupBy(token => (logits[token], options.LogitBias.ContainsKey(token),
            options.RepetitionPenalty != 1 && text.Contains(token))))
        {
            var (wanted, got) = (alike.Sum(token => expected[token]), alike.Sum(token => frequencies[token]));
            var error = 5 * Math.Sqrt(wanted * (1 - wanted) / Draws) + 2.0 / Draws;
            Assert.True(Math.Abs(wanted - got) <= error, $"{steps}: {got} instead of {wanted}");
        }
    }

    private static SamplingOptions Options(string steps)
    {
        var options = new SamplingOptions();
        foreach (Match step in Regex.Matches(steps, @"(temperature|top_k|top_p|min_p|repetition_penalty) ([\d.]*\d)"))
        {
            var value = float.Parse(step.Groups[2].Value, CultureInfo.InvariantCulture);
            options = step.Groups[1].Value switch
            {
                "temperature" => options with { Temperature = value },
                "top_k" => options with { TopK = (int)value },
                "top_p" => options with { TopP = value },
                "min_p" => options with { MinP = value },
                _ => options with { RepetitionPenalty = value },
            };
        }
        return steps == "logit bias: id 1 +2.5, id 2 -100"
            ? options with { LogitBias = new Dictionary<int, float> { [1] = 2.5f, [2] = -100 } } : options;
    }
}
