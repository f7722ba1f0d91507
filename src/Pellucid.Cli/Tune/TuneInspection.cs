using System.Text.Json;
using Pellucid.Cli.Look;
using Pellucid.Cli.Terminal;
using Pellucid.Tokens;
using Pellucid.Tuning;
using Spectre.Console;

namespace Pellucid.Cli.Tune;

/// <summary><c>pellucid tune … --inspect N</c>: examples as tokens, in brackets and in colour those that are learned.</summary>
internal sealed class TuneInspection(Tokenizer tokenizer, Output output)
{
    private static readonly Style Learned = new(Color.Green), Other = new(Color.Grey);

    /// <summary>Shows examples.</summary>
    public int Show(IEnumerable<TuningExample> examples)
    {
        var shown = examples.ToArray();
        foreach (var example in shown)
        {
            var line = new Paragraph();
            for (var i = 0; i < example.Tokens.Length; i++)
                line.Append(Word(example, i), IsLearned(example, i) ? Learned : Other);
            output.People.Write(line);
            output.Line($"\n{example.Tokens.Length} tokens, {example.LearnedCount} learned"
                + (example.Weights is null ? "" : $", which weigh {Units.Number(example.LearnedWeight, 2)}") + "\n");
        }
        output.Json(json => json.WriteObjects("examples", shown, example => Write(json, example)));
        return PellucidCommand.Done;
    }

    // Nobody predicts the first one.
    private static bool IsLearned(TuningExample example, int i) => i > 0 && example.Learned[i];

    private string Word(TuningExample example, int i)
    {
        var token = tokenizer.Show(example.Tokens[i]);
        return !IsLearned(example, i) ? $" {token} "
            : example.Weights?[i] is { } weight and not 1 ? $"[{token}×{Units.Number(weight, 2)}]" : $"[{token}]";
    }

    private static void Write(Utf8JsonWriter json, TuningExample example)
    {
        json.WriteStartArray("tokens");
        foreach (var token in example.Tokens)
            json.WriteNumberValue(token);
        json.WriteEndArray();
        json.WriteStartArray("learned");
        foreach (var learned in example.Learned)
            json.WriteBooleanValue(learned);
        json.WriteEndArray();
        if (example.Weights is null)
            return;
        json.WriteStartArray("weights");
        foreach (var weight in example.Weights)
            json.WriteNumberValue(weight);
        json.WriteEndArray();
    }
}
