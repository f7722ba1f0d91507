using System.CommandLine;
using System.Globalization;
using System.Numerics.Tensors;
using Pellucid.Cli;
using Pellucid.Cli.Terminal;
using Pellucid.Evaluation;
using Pellucid.Files;
using Pellucid.Generation;
using Pellucid.Models;
using Pellucid.Tensors;
using Spectre.Console;

namespace Pellucid.Benchmarks.LlamaCpp;

/// <summary>
/// What a text costs a model in each type, beside llama.cpp on the same file: the text in windows, of each of which all tokens but the
/// first are predicted, and e to the mean surprise.
/// </summary>
internal static class LlamaCppQuality
{
    /// <summary>The file as it is given, instead of one that is written.</summary>
    public const string AsItIs = "as-it-is";

    private sealed record Row(string Type, long Tokens, double Rounded, double Singles, double Peer);

    /// <summary>Measures.</summary>
    /// <param name="words">Form of the report.</param>
    /// <param name="path">A model.</param>
    /// <param name="types">Types to write it in; <see cref="AsItIs"/> for the file itself.</param>
    /// <param name="data">The text.</param>
    /// <param name="window">Tokens of a window.</param>
    /// <param name="tokens">Tokens of the text that count.</param>
    public static int Run(ParseResult words, string path, string[] types, string data, int window, int tokens)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        var folder = Directory.CreateTempSubdirectory("pellucid-quality-").FullName;
        var text = PlainText.ReadAll(data);
        var rows = new List<Row>();
        try
        {
            using var backend = CommonOptions.CreateBackend(words);
            var resolved = ModelFolder.Resolve(path);
            using var model = LanguageModel.Load(resolved, backend);
            var ids = model.Encode(text);
            ids = ids[..Math.Min(ids.Length, tokens)];
            foreach (var type in types)
            {
                var file = type == AsItIs ? resolved : Path.Combine(folder, $"{type}.gguf");
                if (type != AsItIs)
                    foreach (var remark in Checkpoint.SaveGguf(file, model.Gpt, type, model.Tokenizer, model.Specials, model.Chat))
                        output.Line($"{type}: {remark}");
                using var ours = LanguageModel.Load(file, backend, ElementType.Mixed);
                var rounded = Perplexity.Measure(ours.Gpt, ids, text.Length, window: window);
                ours.Gpt.Parameters.RoundsActivations = false;
                var singles = Perplexity.Measure(ours.Gpt, ids, text.Length, window: window);
                rows.Add(new(type, rounded.Tokens, rounded.Value, singles.Value, Peer(file, ids, window, backend.Threads)));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        var table = new Table().Border(TableBorder.Minimal);
        table.AddColumns("type", "tokens", "perplexity", "with rows in singles", "llama.cpp");
        foreach (var row in rows)
            table.AddRow(row.Type, $"{row.Tokens}", Number(row.Rounded), Number(row.Singles), Number(row.Peer));
        output.People.Write(table);
        output.Json(json =>
        {
            json.WriteStartArray("types");
            foreach (var row in rows)
            {
                json.WriteStartObject();
                json.WriteString("type", row.Type);
                json.WriteNumber("tokens", row.Tokens);
                json.WriteNumber("perplexity", row.Rounded);
                json.WriteNumber("perplexity_with_rows_in_singles", row.Singles);
                json.WriteNumber("perplexity_of_llama_cpp", row.Peer);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
        return PellucidCommand.Done;
    }

    private static double Peer(string file, int[] ids, int window, int threads)
    {
        using var theirs = new LlamaCppModel(file, window, threads);
        var (sum, count) = (0.0, 0);
        foreach (var part in ids.Chunk(window).Where(part => part.Length > 1))
        {
            var logits = theirs.Logits(part);
            for (var i = 0; i + 1 < part.Length; i++, count++)
            {
                var largest = TensorPrimitives.Max<float>(logits[i]);
                sum += largest + Math.Log(logits[i].Sum(logit => Math.Exp(logit - largest))) - logits[i][part[i + 1]];
            }
        }
        return Math.Exp(sum / count);
    }

    private static string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}
