using System.CommandLine;
using System.Text.Json;
using Pellucid.Cli.Terminal;
using Pellucid.Looking;
using Pellucid.Looking.Relations;
using Pellucid.Models;
using Pellucid.Pictures;
using Spectre.Console;

namespace Pellucid.Cli.Look;

/// <summary><c>pellucid look relation</c>.</summary>
internal static class RelationVerb
{
    private const string Method = "early decoding softmax(W_U ln_f(x)) at the last position; "
        + "the feed-forward output of one prompt put in the place of feed-forward layers of other prompts: "
        + "of one layer at the end of the relation's own, of all layers from it on at every position of repeated random tokens; "
        + "feed-forward layers zeroed from the top. Words of several tokens stand by their first one";

    private static readonly Argument<string> Model = CommonOptions.NewModel();
    private static readonly Option<string> Task = new("--task")
    {
        Description = $"A relation of the micro-world: {string.Join(", ", Relation.MicroWorldNames)}",
        DefaultValueFactory = _ => "capitals"
    };
    private static readonly Option<string?> Data = new("--data") { Description = "A relation in a file instead: JSON of the lre-relations "
        + "collection, or CSV whose first line names columns and whose first two columns are subject and object" };
    private static readonly Option<string?> Template =
        new("--template") { Description = "How to ask, with {} for the subject; needed for CSV" };
    private static readonly Option<int> Examples =
        new("--examples") { Description = "Pairs told before each question", DefaultValueFactory = _ => 1 };
    private static readonly Option<int?> Layer = new("--layer")
    {
        Description = "The layer whose feed-forward output is taken, from 0; if not given, the one that brings the answer nearest"
    };
    private static readonly Option<int?> From =
        new("--from") { Description = "First feed-forward layer that the vector replaces, up to the last; its own if not given" };
    private static readonly Option<string?> Source = new("--source")
    {
        Description = "Subject of the prompt that the vector is taken from; if not given, the first that the model answers"
    };
    private static readonly Option<int> Count = new("--count") { Description = "Pairs at most", DefaultValueFactory = _ => 200 };
    private static readonly Option<ulong> Seed = CommonOptions.NewSeed();

    public static System.CommandLine.Command Create()
    {
        var command = new System.CommandLine.Command("relation",
            "Shows how a model answers a relation, as Poland and Warsaw: at which layer the argument is formed and the answer comes up, "
                + "whether one feed-forward vector carries the function to other prompts, and what is left without feed-forward layers. "
                + $"In reports {Reports.Layers}.")
        {
            Model, Task, Data, Template, Examples, Layer, From, Source, Count, Seed, PromptOptions.BeginOfText,
        }.WithPictures().WithExample("pellucid train --data micro-world --tokenizer bpe:1024 --context 96 --steps 500 --out runs/words\n"
            + "  pellucid look relation runs/words --task capitals");
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult words)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        var (seed, examples) = (words.GetValue(Seed), words.GetValue(Examples));
        if (examples < 0 || words.GetValue(Count) < 2)
            throw new ArgumentException("--examples cannot be below 0, nor --count below 2");
        var relation = words.GetValue(Data) is { } path ? RelationFile.Read(path, words.GetValue(Template))
            : Relation.MicroWorld(words.GetValue(Task)!);
        relation = relation with { Pairs = [.. relation.Pairs.Take(words.GetValue(Count))] };
        using var subject = Subject.Load(words, Model);
        var (gpt, config) = (subject.Gpt, subject.Gpt.Config);
        if (config.FeedForwardWidth == 0)
            throw new ArgumentException("this model has no feed-forward layers, in which relations are looked for");
        var task = new RelationTask(relation, subject.Tokenizer, config, examples, seed, subject.Begin);
        var decoded = EarlyDecoding.Read(gpt, task.Asked);
        var layer = words.GetValue(Layer) ?? EarlyDecoding.FunctionLayer(decoded);
        var vector = RelationVector.Of(gpt, ChooseSource(words.GetValue(Source), decoded).Prompt, layer);
        var from = words.GetValue(From) ?? layer;
        var (own, repeats) = (vector.Measure(gpt, task.Asked, layer, layer, atEnd: true, seed),
            vector.Measure(gpt, task.Repeats(), from, config.Layers - 1, seed: seed));
        var removal = FeedForwardRemoval.Measure(gpt, task.Asked, task.Copied);

        var leftOut = task.LeftOut > 0 ? $" ({task.LeftOut} left out: too long, or both words begin with the same token)" : "";
        var notes = $"n = {task.Asked.Count} pairs of {relation.Name}{leftOut}, {examples} examples a prompt, seed {seed}, "
            + $"BOS {(subject.Begin is null ? "off" : "on")}, {Reports.Layers}; words stand by their first token; "
            + "feed-forward outputs are replaced, or zeroed where they are removed; ± is the standard error";
        output.Line(notes);
        Show(output, subject, decoded, vector, from, own, repeats, removal);
        PictureFiles.Write(words, () => [DrawRanks(relation.Name, config, decoded), DrawRemoval(relation.Name, removal)]);
        output.Json(json =>
        {
            subject.WriteJson(json, Method, vector.Prompt.Tokens);
            json.WriteMeanings("look relation");
            json.WriteString("relation", relation.Name);
            json.WriteNumber("pairs", task.Asked.Count);
            json.WriteNumber("left_out", task.LeftOut);
            json.WriteNumber("examples", examples);
            json.WriteNumber("seed", seed);
            json.WriteString("ablation", "feed-forward output replaced; removal: zero");
            WriteDecoded(json, subject, decoded);
            json.WriteNumber("vector_layer", layer);
            json.WriteNumber("vector_norm", vector.Norm);
            json.WriteString("vector_subject", vector.Prompt.Pair.Subject);
            WriteTransfers(json, "own_prompts", own);
            WriteTransfers(json, "repeats", repeats);
            json.WriteObjects("removal", removal, one =>
            {
                json.WriteNumber("removed", one.Removed);
                WriteScore(json, "abstractive", one.Abstractive);
                WriteScore(json, "extractive", one.Extractive);
            });
        });
        return PellucidCommand.Done;
    }

    private static DecodedPrompt ChooseSource(string? wanted, IReadOnlyList<DecodedPrompt> decoded) => wanted is null
        ? decoded.MinBy(prompt => prompt.End.AnswerRank)!
        : decoded.FirstOrDefault(prompt => prompt.Prompt.Pair.Subject == wanted)
            ?? throw new ArgumentException($"--source is '{wanted}', which is not among the {decoded.Count} subjects that are asked");

    private static void Show(Output output, Subject subject, IReadOnlyList<DecodedPrompt> decoded, RelationVector vector, int from,
        IReadOnlyList<Transfer> own, IReadOnlyList<Transfer> repeats, IReadOnlyList<FeedForwardRemoval> removal)
    {
        var example = decoded.First(prompt => prompt.Prompt.Pair == vector.Prompt.Pair);
        var table = Reports.NewTable("where", "argument", "answer", "switch here", $"{vector.Prompt.Pair.Subject} says");
        for (var i = 0; i < example.Steps.Count; i++)
            if (example.Steps[i].Activation != Activation.ResidMid)
                table.AddPlainRow(
                    Reports.Place(example.Steps[i].Activation == Activation.ResidPre ? 0 : example.Steps[i].Layer + 1),
                    Reports.Number(Mean(decoded, i, step => step.ArgumentRank)), Reports.Number(Mean(decoded, i, step => step.AnswerRank)),
                    example.Steps[i].Activation == Activation.ResidPre ? ""
                        : Reports.Percent(Share(decoded, prompt => prompt.Switch == example.Steps[i].Layer)),
                    subject.Show(example.Steps[i].Top));
        output.Line("reciprocal ranks at the last position; the switch is where the answer gets ahead of the argument to stay there");
        output.People.Write(table);
        var switched = decoded.Where(prompt => prompt.Switch >= 0).ToList();
        var ofSwitches = switched.Count == 0 ? ""
            : $"; of switches, by the feed-forward layer: {Reports.Percent(Share(switched, prompt => prompt.SwitchIsFeedForward))}";
        output.Line($"answered: {Reports.Percent(Share(decoded, prompt => prompt.End.AnswerRank == 0))}{Held(decoded)}; "
            + $"argument the likeliest token at some layer: {Reports.Percent(Share(decoded, prompt => prompt.ArgumentFormed >= 0))}; "
            + $"never switched: {Reports.Percent(Share(decoded, prompt => prompt.Switch < 0))}{ofSwitches}");

        output.Line();
        output.Line($"the vector that feed-forward layer {vector.Layer} writes for {vector.Prompt.Pair.Subject} (norm "
            + $"{Units.Number(vector.Norm, 2)}) in the place of feed-forward layers");
        ShowTransfers(output, $"at the end of the relation's other prompts, layer {vector.Layer}", own);
        ShowTransfers(output,
            $"in t1 t2 t3 X t1 t2 t3 X t1 t2 t3 for random t, everywhere in layers {from} to {subject.Gpt.Config.Layers - 1}", repeats);

        table = Reports.NewTable("feed-forward layers zeroed from the top", "abstractive: answered", "reciprocal rank",
            "extractive: answered", "reciprocal rank");
        foreach (var one in removal)
            table.AddPlainRow($"{one.Removed}", Reports.Percent(one.Abstractive.First), Reports.Number(one.Abstractive.ReciprocalRank),
                Reports.Percent(one.Extractive.First), Reports.Number(one.Extractive.ReciprocalRank));
        output.Line("without feed-forward layers; abstractive: the answer must be known, extractive: it stands in the prompt");
        output.People.Write(table);
    }

    private static void ShowTransfers(Output output, string where, IReadOnlyList<Transfer> transfers)
    {
        var table = Reports.NewTable(where, "answered", "reciprocal rank", "change", "mean rank", "answer not nearer");
        foreach (var transfer in transfers)
            table.AddPlainRow(transfer.StandIn.ToString().ToLowerInvariant(), Reports.Percent(transfer.Score.First),
                Reports.Number(transfer.Score.ReciprocalRank), Reports.Number(transfer.Change), Reports.Number(transfer.Score.Rank, 1),
                Reports.Percent(transfer.NotNearer));
        output.People.Write(table);
    }

    private static string Held(IReadOnlyList<DecodedPrompt> decoded)
    {
        var held = decoded.Where(prompt => prompt.Prompt.Pair.IsHeldOut).ToList();
        return held.Count == 0 ? ""
            : $" ({Reports.Percent(Share(held, prompt => prompt.End.AnswerRank == 0))} of the {held.Count} never asked in training)";
    }

    private static Estimate Mean(IReadOnlyList<DecodedPrompt> decoded, int step, Func<DecodedStep, int> rank) =>
        Estimate.Of([.. decoded.Select(prompt => 1 / (1.0 + rank(prompt.Steps[step])))]);

    private static Estimate Share(IReadOnlyList<DecodedPrompt> decoded, Func<DecodedPrompt, bool> holds) =>
        Estimate.Of([.. decoded.Select(prompt => holds(prompt) ? 1.0 : 0)]);

    private static void WriteDecoded(Utf8JsonWriter json, Subject subject, IReadOnlyList<DecodedPrompt> decoded)
    {
        Subject.WriteEstimate(json, "answered", Share(decoded, prompt => prompt.End.AnswerRank == 0));
        var held = decoded.Where(prompt => prompt.Prompt.Pair.IsHeldOut).ToList();
        Subject.WriteEstimate(json, "answered_held_out", held.Count == 0 ? null : Share(held, prompt => prompt.End.AnswerRank == 0));
        json.WriteObjects("layers", Enumerable.Range(0, decoded[0].Steps.Count), i =>
        {
            var step = decoded[0].Steps[i];
            json.WriteString("activation", step.Activation.Name());
            json.WriteNumber("layer", step.Layer);
            Subject.WriteEstimate(json, "argument_reciprocal_rank", Mean(decoded, i, one => one.ArgumentRank));
            Subject.WriteEstimate(json, "answer_reciprocal_rank", Mean(decoded, i, one => one.AnswerRank));
            if (step.Activation == Activation.ResidPost)
                json.WriteNumber("switches", decoded.Count(prompt => prompt.Switch == step.Layer));
        });
        json.WriteObjects("prompts", decoded, prompt =>
        {
            json.WriteString("subject", prompt.Prompt.Pair.Subject);
            json.WriteString("object", prompt.Prompt.Pair.Object);
            json.WriteBoolean("held_out", prompt.Prompt.Pair.IsHeldOut);
            json.WriteNumber("answer_rank", prompt.End.AnswerRank);
            json.WriteNumber("argument_formed", prompt.ArgumentFormed);
            json.WriteNumber("switch", prompt.Switch);
            json.WriteBoolean("switch_is_feed_forward", prompt.SwitchIsFeedForward);
            json.WriteStartArray("says");
            foreach (var step in prompt.Steps.Where(step => step.Activation != Activation.ResidMid))
                json.WriteStringValue(subject.Show(step.Top));
            json.WriteEndArray();
        });
    }

    private static void WriteTransfers(Utf8JsonWriter json, string name, IReadOnlyList<Transfer> transfers) =>
        json.WriteObjects(name, transfers, transfer =>
    {
        json.WriteString("stand_in", transfer.StandIn.ToString().ToLowerInvariant());
        WriteScore(json, "answer", transfer.Score);
        Subject.WriteEstimate(json, "change", transfer.Change);
        json.WriteNumber("answer_not_nearer", transfer.NotNearer);
    });

    private static void WriteScore(Utf8JsonWriter json, string name, AnswerScore score)
    {
        Subject.WriteEstimate(json, name + "_accuracy", score.First);
        Subject.WriteEstimate(json, name + "_reciprocal_rank", score.ReciprocalRank);
        Subject.WriteEstimate(json, name + "_rank", score.Rank);
    }

    // Argument falling and answer rising: the two arms of an X.
    private static Picture DrawRanks(string name, GptConfig config, IReadOnlyList<DecodedPrompt> decoded)
    {
        Series Of(string word, Func<DecodedStep, int> rank) => new(word,
            [.. Enumerable.Range(0, decoded[0].Steps.Count).Select(i => (Place(decoded[0].Steps[i]), Mean(decoded, i, rank).Mean))]);
        return Curves.Draw($"{name}: reciprocal rank of argument and answer at the last position",
            "after block, from 0; -1 is the embedding, halves are before feed-forward", "reciprocal rank",
            [Of("argument", step => step.ArgumentRank), Of("answer", step => step.AnswerRank)]);
    }

    private static double Place(DecodedStep step) =>
        step.Activation switch { Activation.ResidPre => -1, Activation.ResidMid => step.Layer - 0.5, _ => step.Layer };

    private static Picture DrawRemoval(string name, IReadOnlyList<FeedForwardRemoval> removal) =>
        Curves.Draw($"{name}: answered without feed-forward layers", "feed-forward layers zeroed from the top", "share answered",
        [
            new("answer must be known", [.. removal.Select(one => ((double)one.Removed, one.Abstractive.First.Mean))]),
            new("answer stands in the prompt", [.. removal.Select(one => ((double)one.Removed, one.Extractive.First.Mean))]),
        ]);
}
