using System.Text;
using Pellucid.Evaluation;
using Pellucid.Files;
using Pellucid.Generation;
using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Tests.RealModels;

/// <summary>What a real model says, in each way it is stored, beside what transformers computes of the numbers in its file.</summary>
[Collection(nameof(SmolLm2))]
public sealed class SmolLm2AnswerTests(SmolLm2 model)
{
    private const double Exact = 1e-4, Rounded = 0.05; // of the largest logit

    [Fact]
    public void Texts_become_the_tokens_of_the_models_own_tokenizer()
    {
        using var expected = SmolLm2.Expected();
        var (tokenizer, specials, count) = (model.Plain.Tokenizer, 0, 0);
        foreach (var encoding in expected.RootElement.GetProperty("encodings").EnumerateArray())
        {
            var (text, ids) = (encoding.GetProperty("text").GetString()!, SmolLm2.Ids(encoding, "ids"));
            Assert.Equal(ids, tokenizer.EncodeRendered(text));
            Assert.Equal(text, Encoding.UTF8.GetString([.. ids.SelectMany(id => tokenizer.SpecialName(id) is { } name
                ? Encoding.UTF8.GetBytes(name) : tokenizer.DecodeBytes([id]))]));
            count++;
            if (text.Contains("<|", StringComparison.Ordinal))
            {
                specials++; // text of a user never becomes a special token
                Assert.DoesNotContain(tokenizer.Encode(text), id => id <= 2);
            }
            else
                Assert.Equal(ids, tokenizer.Encode(text));
        }
        Assert.Equal((60, 3), (count, specials));
    }

    [Theory]
    [InlineData(0, false), InlineData(1, false), InlineData(2, false), InlineData(3, false), InlineData(4, false)]
    [InlineData(0, true), InlineData(1, true), InlineData(2, true), InlineData(3, true), InlineData(4, true)]
    public async Task Logits_are_exact_with_activations_as_they_are_and_near_with_rows_of_eight_bits(int number, bool rounds)
    {
        var stored = model.Stored;
        stored.Gpt.Parameters.RoundsActivations = rounds;
        using var expected = SmolLm2.Expected();
        var prompt = expected.RootElement.GetProperty("prompts")[number];
        var ids = SmolLm2.Ids(prompt, "ids");
        using var recorded = new SafetensorsReader(SharedData.Path("real-models/smollm2-135m-instruct/expected.safetensors"));
        var last = recorded.ReadFloat32($"prompt{number}.last_logits");
        var logits = await LastLogits(stored, ids);
        Assert.InRange(Near.LargestDifference(last, logits) / last.Max(Math.Abs), 0, rounds ? Rounded : Exact);

        var greedy = SmolLm2.Ids(prompt, "greedy_ids");
        var gaps = prompt.GetProperty("greedy_gap_of_first_two").EnumerateArray().Select(gap => gap.GetDouble()).ToArray();
        var tie = Array.FindIndex(gaps, gap => gap < 2 * (rounds ? Rounded : Exact) * last.Max(Math.Abs));
        var clear = tie < 0 ? greedy.Length : tie;
        // Not by the model's own scheduler, which keeps what it read with rows rounded otherwise.
        using var generator = new Generator(stored.Gpt);
        var written = generator.Generate(ids, new Sampler(new SamplingOptions { Temperature = 0 }), clear).ToList();
        Assert.Equal(greedy.Take(clear), written);
    }

    [Theory, InlineData(0), InlineData(1), InlineData(2), InlineData(3), InlineData(4)]
    public void The_lens_says_after_every_block_what_was_recorded(int number)
    {
        using var expected = SmolLm2.Expected();
        var prompt = expected.RootElement.GetProperty("prompts")[number];
        var (ids, target) = (SmolLm2.Ids(prompt, "ids"), prompt.GetProperty("lens_target").GetInt32());
        var readings = LogitLens.Read(model.Plain.Gpt, new Prompts([ids]), midway: false, target: (_, _) => target,
            wanted: (_, position) => position == ids.Length - 1);
        var recorded = prompt.GetProperty("lens").EnumerateArray().ToArray();
        Assert.Equal(31, readings.Count);
        foreach (var (reading, record) in readings.Zip(recorded))
        {
            double Of(string field) => record.GetProperty(field).GetDouble();
            // Singles against doubles: the logits of the first readings are hundreds apart.
            double Slack(double value) => 2e-4 * Math.Max(10, Math.Abs(value));
            var surprise = -Math.Log(Of("target_probability"));
            Assert.Equal(surprise, -Math.Log(reading.TargetProbability), Slack(surprise));
            Assert.Equal(Of("kl_final_from_layer_nats"), reading.Divergence, Slack(Of("kl_final_from_layer_nats")));
            Assert.Equal(Of("entropy_nats"), reading.Entropy, Slack(0));
            Assert.InRange(reading.TargetRank, 0.999 * Of("target_rank_from_0") - 1, 1.001 * Of("target_rank_from_0") + 1);
            Assert.Equal(record.GetProperty("top5")[0][0].GetInt32(), reading.Top[0].Token);
        }
    }

    [Fact]
    public void Two_windows_of_WikiText_surprise_it_as_recorded()
    {
        using var expected = SmolLm2.Expected();
        var recorded = expected.RootElement.GetProperty("perplexity");
        var text = PlainText.ReadAll(SharedData.Path("wikitext-2/test.txt.gz"));
        var tokens = model.Plain.Tokenizer.Encode(text[..40_000])[..4096];
        Assert.Equal(SmolLm2.Ids(recorded, "first_ids"), tokens[..64]);
        Assert.Equal(recorded.GetProperty("sum_of_ids").GetInt32(), tokens.Sum());
        for (var window = 0; window < 2; window++)
            Assert.Equal(recorded.GetProperty("mean_nll_nats_per_window")[window].GetDouble(),
                Perplexity.Measure(model.Plain.Gpt, tokens.AsSpan(1024 * window, 1024), 1).Loss, 2e-4);
    }

    private static Task<float[]> LastLogits(LanguageModel model, int[] ids) => model.Scheduler.RunAsync(() =>
    {
        var backend = model.Gpt.Backend;
        using var arena = new Arena(backend);
        using var rows = new TokenRows(backend);
        rows.Add(ids, 0);
        var run = new GptRun(new Operations(backend, arena)) { LogitRows = [ids.Length - 1] };
        return Pellucid.Tests.Tensors.Tensors.ToFloats(model.Gpt.Logits(model.Gpt.Forward(rows, run), run), backend);
    }, TestContext.Current.CancellationToken);
}
