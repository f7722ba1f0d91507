using System.CommandLine;
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
        var answered = new AnsweredRelation(ModelResult.Of(subject, Method, vector.Prompt.Tokens), Meanings.Of("look relation"),
            relation.Name, task.Asked.Count, task.LeftOut, examples, seed, "feed-forward output replaced; removal: zero",
            [.. Enumerable.Range(0, decoded[0].Steps.Count).Select(step => RelationLayer.Of(decoded, step))],
            [.. decoded.Select(prompt => AskedPair.Of(prompt, subject))], layer, vector.Norm,
            AskedPair.Of(decoded.First(prompt => prompt.Prompt.Pair == vector.Prompt.Pair), subject),
            [.. vector.Measure(gpt, task.Asked, layer, layer, atEnd: true, seed).Select(RelationTransfer.Of)],
            [.. vector.Measure(gpt, task.Repeats(), from, config.Layers - 1, seed: seed).Select(RelationTransfer.Of)],
            [.. FeedForwardRemoval.Measure(gpt, task.Asked, task.Copied)
                .Select(one => new RelationRemoval(one.Removed, one.Abstractive, one.Extractive))]);

        var leftOut = task.LeftOut > 0 ? $" ({task.LeftOut} left out: too long, or both words begin with the same token)" : "";
        output.Line($"n = {task.Asked.Count} pairs of {relation.Name}{leftOut}, "
            + $"{examples} {(examples == 1 ? "example" : "examples")} a prompt, seed {seed}, "
            + $"BOS {(answered.Bos ? "on" : "off")}, {Reports.Layers}; words stand by their first token; "
            + "feed-forward outputs are replaced, or zeroed where they are removed; ± is the standard error");
        ShowLayers(output, answered);
        output.Line();
        output.Line($"the vector that feed-forward layer {layer} writes for {answered.VectorSubject} (norm "
            + $"{Units.Number(answered.VectorNorm, 2)}), and others, in the place of feed-forward layers");
        ShowTransfers(output, $"at the end of the relation's other prompts, in layer {layer}:", answered.OwnPrompts);
        ShowTransfers(output, $"in t1 t2 t3 X t1 t2 t3 X t1 t2 t3 for random t, everywhere in layers {from} to {config.Layers - 1}:",
            answered.Repeats);
        ShowRemoval(output, answered.Removal);
        PictureFiles.Write(words, () => [DrawRanks(answered), DrawRemoval(answered)]);
        output.Json(answered, Results.Default.AnsweredRelation);
        return PellucidCommand.Done;
    }

    private static DecodedPrompt ChooseSource(string? wanted, IReadOnlyList<DecodedPrompt> decoded) => wanted is null
        ? decoded.MinBy(prompt => prompt.End.AnswerRank)!
        : decoded.FirstOrDefault(prompt => prompt.Prompt.Pair.Subject == wanted)
            ?? throw new ArgumentException($"--source is '{wanted}', which is not among the {decoded.Count} subjects that are asked");

    private static void ShowLayers(Output output, AnsweredRelation answered)
    {
        var prompts = answered.Prompts;
        var table = Reports.NewTable("where", "argument", "answer", "switch here", $"{answered.VectorSubject} says");
        foreach (var (layer, said) in answered.Layers.Where(layer => layer.At != Activation.ResidMid).Zip(answered.Source.Says))
            table.AddPlainRow(Reports.Place(layer.Switches is null ? 0 : layer.Layer + 1), Reports.Number(layer.ArgumentReciprocalRank),
                Reports.Number(layer.AnswerReciprocalRank), layer.Switches is null ? ""
                    : Reports.Percent(AskedPair.Share(prompts, prompt => prompt.Switch == layer.Layer)), said);
        output.Line("reciprocal ranks at the last position; the switch is where the answer gets ahead of the argument to stay there");
        output.People.Write(table);
        var held = answered.HeldOut;
        var heldOut = held.Count == 0 ? "" : $" ({Reports.Percent(AskedPair.Answered(held))} of the {held.Count} never asked in training)";
        var switched = prompts.Where(prompt => prompt.Switch >= 0).ToList();
        var ofSwitches = switched.Count == 0 ? "" : "; of switches, by the feed-forward layer: "
            + Reports.Percent(AskedPair.Share(switched, prompt => prompt.SwitchIsFeedForward));
        output.Line($"answered: {Reports.Percent(AskedPair.Answered(prompts))}{heldOut}; argument the likeliest token at some layer: "
            + $"{Reports.Percent(AskedPair.Share(prompts, prompt => prompt.ArgumentFormed >= 0))}; "
            + $"never switched: {Reports.Percent(AskedPair.Share(prompts, prompt => prompt.Switch < 0))}{ofSwitches}");
    }

    private static void ShowTransfers(Output output, string where, IReadOnlyList<RelationTransfer> transfers)
    {
        output.Line(where);
        var table = Reports.NewTable("in their place", "answered", "reciprocal rank", "change", "mean rank", "answer not nearer");
        foreach (var transfer in transfers)
            table.AddPlainRow(transfer.StandIn, Reports.Percent(transfer.Answer.First), Reports.Number(transfer.Answer.ReciprocalRank),
                Reports.Number(transfer.Change), Reports.Number(transfer.Answer.Rank, 1), Reports.Percent(transfer.AnswerNotNearer));
        output.People.Write(table);
    }

    private static void ShowRemoval(Output output, IReadOnlyList<RelationRemoval> removal)
    {
        var table = Reports.NewTable("feed-forward layers zeroed from the top", "abstractive: answered", "reciprocal rank",
            "extractive: answered", "reciprocal rank");
        foreach (var one in removal)
            table.AddPlainRow($"{one.Removed}", Reports.Percent(one.Abstractive.First), Reports.Number(one.Abstractive.ReciprocalRank),
                Reports.Percent(one.Extractive.First), Reports.Number(one.Extractive.ReciprocalRank));
        output.Line("without feed-forward layers; abstractive: the answer must be known, extractive: it stands in the prompt");
        output.People.Write(table);
    }

    // Argument falling and answer rising: the two arms of an X.
    private static Picture DrawRanks(AnsweredRelation answered) =>
        Curves.Draw($"{answered.Relation}: reciprocal rank of argument and answer at the last position",
            "after block, from 0; -1 is the embedding, halves are before feed-forward", "reciprocal rank",
            [
                new("argument", [.. answered.Layers.Select(layer => (layer.Place, layer.ArgumentReciprocalRank.Mean))]),
                new("answer", [.. answered.Layers.Select(layer => (layer.Place, layer.AnswerReciprocalRank.Mean))]),
            ]);

    private static Picture DrawRemoval(AnsweredRelation answered) =>
        Curves.Draw($"{answered.Relation}: answered without feed-forward layers", "feed-forward layers zeroed from the top",
            "share answered",
            [
                new("answer must be known", [.. answered.Removal.Select(one => ((double)one.Removed, one.Abstractive.First.Mean))]),
                new("answer stands in the prompt", [.. answered.Removal.Select(one => ((double)one.Removed, one.Extractive.First.Mean))]),
            ]);
}
