using System.CommandLine;
using System.Numerics.Tensors;
using Pellucid.Cli;
using Pellucid.Cli.Terminal;
using Pellucid.Generation;
using Pellucid.Models;
using Pellucid.Tensors;
using Spectre.Console;

namespace Pellucid.Benchmarks.LlamaCpp;

/// <summary>
/// Writes a model as GGUF files and has llama.cpp read them: it must cut a text into the same tokens, and after each of the tokens
/// that we write it must say the same. Its kernels round rows to sixteen or eight bits where weights have fewer than 32, ours do not:
/// the bounds are of single precision where nothing is rounded, else of that rounding.
/// </summary>
internal static class LlamaCppJudge
{
    private const int Written = 32;
    // Shares of the largest logit: how far logits may differ, and by how much what we say may stand above what llama.cpp says instead.
    private static readonly Bounds Exact = new(1e-4, 1e-4), Halves = new(0.02, 0.01), Blocks = new(0.1, 0.02);

    private static readonly string[] Prompts = ["The capital of Poland is", "Once upon a time, there was a little girl named Lily.",
        "def fibonacci(n):\n    if n <"];

    public static int Run(ParseResult words, string path, string[] types)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        var folder = Directory.CreateTempSubdirectory("pellucid-judge-").FullName;
        var (table, judged) = (new Table().Border(TableBorder.Minimal), new List<Verdict>());
        table.AddColumns("type", "same tokens of texts", "largest difference of logits", "with its table of GELU", "bound",
            "same likeliest token", "largest tie", "bound");
        try
        {
            using var backend = CommonOptions.CreateBackend(words);
            using var model = LanguageModel.Load(ModelFolder.Resolve(path), backend);
            foreach (var type in types)
            {
                var file = Path.Combine(folder, $"{type}.gguf");
                foreach (var remark in Checkpoint.SaveGguf(file, model.Gpt, type, model.Tokenizer, model.Specials, model.Chat))
                    output.Line($"{type}: {remark}");
                var verdict = Judge(type, file, backend);
                judged.Add(verdict);
                table.AddRow(type, verdict.SameTokens ? "yes" : "no", $"{verdict.Difference:0.#e+0}",
                    verdict.Tabled is { } tabled ? $"{tabled:0.#e+0}" : "", $"{verdict.Bounds.Difference:0.#e+0}",
                    $"{verdict.Same} of {verdict.Steps}", $"{verdict.Tie:0.#e+0}", $"{verdict.Bounds.Tie:0.#e+0}");
                File.Delete(file);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        output.People.Write(table);
        output.Json(json =>
        {
            json.WriteStartArray("types");
            foreach (var verdict in judged)
            {
                json.WriteStartObject();
                json.WriteString("type", verdict.Type);
                json.WriteBoolean("same_tokens", verdict.SameTokens);
                json.WriteNumber("largest_difference", verdict.Difference);
                if (verdict.Tabled is { } tabled)
                    json.WriteNumber("largest_difference_with_table", tabled);
                json.WriteNumber("difference_bound", verdict.Bounds.Difference);
                json.WriteNumber("largest_tie", verdict.Tie);
                json.WriteNumber("tie_bound", verdict.Bounds.Tie);
                json.WriteNumber("steps", verdict.Steps);
                json.WriteNumber("same", verdict.Same);
                json.WriteBoolean("holds", verdict.Holds);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
        return judged.TrueForAll(verdict => verdict.Holds) ? PellucidCommand.Done : PellucidCommand.Failed;
    }

    private sealed record Bounds(double Difference, double Tie);

    // Where llama.cpp reads GELU from a table, the difference of our forward from its own is also told with that table.
    private sealed record Verdict(string Type, bool SameTokens, double Difference, double? Tabled, double Tie, Bounds Bounds, int Steps,
        int Same)
    {
        public bool Holds => SameTokens && (Tabled ?? Difference) <= Bounds.Difference && Tie <= Bounds.Tie;
    }

    private static Verdict Judge(string type, string file, Backend backend)
    {
        using var ours = LanguageModel.Load(file, backend);
        using var theirs = new LlamaCppModel(file, 128);
        var bounds = type switch { "f32" => Exact, "f16" or "bf16" => Halves, _ => Blocks };
        var (sameTokens, difference, tabled, tie, steps, same) = (true, 0.0, 0.0, 0.0, 0, 0);
        var hasTable = GeluTable.Concerns(ours.Gpt.Config);
        foreach (var prompt in Prompts)
        {
            var tokens = ours.Encode(prompt);
            sameTokens &= tokens.AsSpan().SequenceEqual(theirs.Tokenize(prompt));
            int[] text = [.. tokens, .. Greedy(ours, tokens)];
            var (own, peer) = (Logits(ours, text, table: false), theirs.Logits(text));
            var alike = hasTable ? Logits(ours, text, table: true) : own;
            for (var row = tokens.Length - 1; row < text.Length - 1; row++, steps++)
            {
                var largest = Math.Abs(TensorPrimitives.MaxMagnitude<float>(own[row]));
                difference = Math.Max(difference, Apart(own[row], peer[row]) / largest);
                tabled = Math.Max(tabled, Apart(alike[row], peer[row]) / largest);
                var likeliest = TensorPrimitives.IndexOfMax<float>(peer[row]);
                if (likeliest == text[row + 1])
                    same++;
                else
                    tie = Math.Max(tie, (own[row][text[row + 1]] - own[row][likeliest]) / largest);
            }
        }
        return new Verdict(type, sameTokens, difference, hasTable ? tabled : null, tie, bounds, steps, same);
    }

    private static double Apart(float[] x, float[] y) => x.Zip(y, (a, b) => Math.Abs(a - b)).Max();

    private static int[] Greedy(LanguageModel model, int[] prompt)
    {
        var request = new GenerationRequest(prompt)
        {
            MaxTokens = Written, Ends = [], Sampling = new SamplingOptions { Temperature = 0 },
        };
        return [.. model.WriteAsync(request).ToBlockingEnumerable().Select(piece => piece.Token?.Token).OfType<int>()];
    }

    private static float[][] Logits(LanguageModel model, int[] tokens, bool table)
    {
        var gpt = model.Gpt;
        using var arena = new Arena(gpt.Backend);
        using var rows = new TokenRows(gpt.Backend);
        rows.Add(tokens, 0);
        var run = new GptRun(new Operations(gpt.Backend, arena)) { Taps = table ? GeluTable.Edits(gpt, rows, arena) : null };
        var logits = new float[tokens.Length * gpt.Config.VocabularySize];
        gpt.Backend.Read(gpt.Logits(gpt.Forward(rows, run), run), logits);
        return [.. logits.Chunk(gpt.Config.VocabularySize)];
    }
}
