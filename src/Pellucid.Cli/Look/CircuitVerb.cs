using System.CommandLine;
using System.Text.Json;
using Pellucid.Cli.Terminal;
using Pellucid.Cli.Tour;
using Pellucid.Files;
using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Worlds;
using Spectre.Console;

namespace Pellucid.Cli.Look;

/// <summary><c>pellucid look circuit</c>.</summary>
internal static class CircuitVerb
{
    private const string Method = "mean ablation over the counterfactuals of each template and order, feed-forward layers kept, "
        + "heads kept at their roles; paths by exact path patching";

    private const string MicroWorld = "micro-world";

    private static readonly Argument<string> Model = CommonOptions.NewModel();
    private static readonly Option<string?> Data = new("--data") { Description = "JSON lines with text, receiver, giver, counterfactual, "
        + "and template (a number within which prompts align); or micro-world for the sentences of the tour; "
        + "the built-in prompts if not given" };
    private static readonly Option<int> Prompts = new("--prompts")
    {
        Description = "Prompts of each template (15 built-in ones, 7 of the micro-world) in each of the 2 orders",
        DefaultValueFactory = _ => 3
    };
    private static readonly Option<double> Share = new("--share")
    {
        Description = "A path counts when it changes the logit difference by this share of it (and by three standard errors)",
        DefaultValueFactory = _ => 0.05
    };
    private static readonly Option<string?> Out = new("--out") { Description = "Save the circuit to this file" };
    private static readonly Option<string?> Given =
        new("--circuit") { Description = "Measure this saved circuit on the model instead of finding one" };
    private static readonly Option<ulong> Seed = CommonOptions.NewSeed();

    public static System.CommandLine.Command Create()
    {
        var command = new System.CommandLine.Command("circuit", "Finds the heads and paths that tell who is given something, by exact path "
            + "patching in the steps of Wang et al. (2023), and measures the circuit: faithfulness, completeness, minimality. "
            + "With a PROMPT, a --source and their answers: those by which the one prompt comes to another answer than the other.")
        {
            Model, Data, Prompts, Share, Out, Given, Seed, PromptOptions.BeginOfText,
        }.WithPair().WithPictures().WithSave().WithExample("pellucid train --data indirect-object --tokenizer bpe:1500 --width 64 "
            + "--steps 3000 --out runs/gifts\n  pellucid look circuit runs/gifts --svg circuit.svg");
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult words)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        if (words.GetValue(Prompts) < 1)
            throw new ArgumentException("--prompts must be at least 1");
        if (words.GetValue(Share) is not (> 0 and <= 1))
            throw new ArgumentException("--share must be above 0, and 1 at most");
        var known = words.GetValue(Given) is { } file ? LoadCircuit(file) : null;
        using var subject = Subject.Load(words, Model);
        if (PairOptions.AreGiven(words))
        {
            if (known is not null || words.GetValue(Data) is not null || words.GetValue(Out) is not null)
                throw new ArgumentException("--data, --circuit and --out are for prompts about who is given something, not for a PROMPT");
            var pair = PairOptions.Read(words, subject);
            FoundPairCircuit.Measure(output, words, subject, pair, words.GetValue(Share));
            SavedActivations.Write(words, subject.Gpt, new Looking.Prompts([pair.Source]), (activation, _) => activation == Activation.Z);
            return PellucidCommand.Done;
        }
        var prompts = words.GetValue(Data) is { } path
            ? path == MicroWorld ? GiftPrompts.Texts(words.GetValue(Seed), words.GetValue(Prompts)) : ReadFile(path)
            : IndirectObjectData.BuiltIn(subject.Tokenizer, words.GetValue(Seed), words.GetValue(Prompts));
        var data = new IndirectObjectData(subject.Tokenizer, prompts, subject.Begin);
        known?.RequireFit(subject.Gpt.Config);
        var circuit = known ?? CircuitDiscovery.Find(subject.Gpt, data, words.GetValue(Share), step => output.Line(step));
        using var measure = new CircuitMeasure(subject.Gpt, data);
        var measured = MeasuredCircuit.Of(ModelResult.Of(subject, Method, data.Pairs[0].Base.Tokens), measure, circuit, data.Count,
            words.GetValue(Seed));
        Show(output, measured);
        if (words.GetValue(Out) is { } target)
            circuit.Save(target);
        PictureFiles.Write(words, () => [circuit.Draw("The circuit that tells who is given something")]);
        SavedActivations.Write(words, subject.Gpt, new Looking.Prompts(data.Pairs.Select(pair => pair.Base.Tokens)),
            (activation, _) => activation == Activation.Z);
        output.Json(measured, Results.Default.MeasuredCircuit);
        return PellucidCommand.Done;
    }

    private static void Show(Output output, MeasuredCircuit measured)
    {
        output.Line(Method);
        output.Line($"{measured.Prompts} prompts, seed {measured.Seed}; right {Units.Number(100 * measured.Accuracy, 1)} %; F(M) "
            + $"= {Reports.Number(measured.LogitDifference)}, circuit alone F(C) = {Reports.Number(measured.CircuitLogitDifference)}, "
            + $"without the circuit {Reports.Number(measured.WithoutCircuitLogitDifference)}");
        output.Line(measured.Completeness.MaxBy(gap => gap.Incompleteness.Mean) is { } largest
            ? $"faithfulness |F(M) − F(C)| = {Reports.Number(measured.Faithfulness)}, largest incompleteness "
                + $"{Reports.Number(largest.Incompleteness)} ({largest.How})"
            : measured.LogitDifference.Mean < 0.5 ? "the circuit is empty: the model does not do the task"
            : "the circuit is empty: no path is strong enough; see --share");
        var random = measured.WithoutRandomSets.Select(set => set.LogitDifference.Mean).ToArray();
        if (random.Length > 0)
            output.Line($"control: without as many other heads at the same places {Reports.Number(Estimate.Of(random))}, "
                + $"from {Units.Number(random.Min(), 3)} to {Units.Number(random.Max(), 3)}, "
                + $"over {random.Length} random sets, seed {measured.Seed}");
        var table = new Table().Border(TableBorder.Minimal).AddColumns("head", "at", "class", "feeds", "minimality");
        foreach (var node in measured.Circuit.Nodes)
            table.AddPlainRow($"{node.Layer}.{node.Head}", node.Role.Name(), node.Class,
                string.Join(", ", measured.Edges.Where(edge => edge.From == node.Id)
                    .Select(edge => $"{edge.To}{(edge.Part.Length > 0 ? $" {edge.Part}" : "")} ({Units.Number(edge.Effect, 2)})")),
                Reports.Number(measured.Minimality.First(one => one.Node == node.Id).Value));
        output.People.Write(table);
    }

    private static List<IndirectObjectPrompt> ReadFile(string path)
    {
        RequireFile(path);
        var (prompts, line) = (new List<IndirectObjectPrompt>(), 0);
        foreach (var text in PlainText.Lines(path))
        {
            line++;
            if (string.IsNullOrWhiteSpace(text))
                continue;
            try
            {
                using var document = JsonDocument.Parse(text);
                string Field(string name) => document.RootElement.TryGetProperty(name, out var value) && value.GetString() is { } text
                    ? text : throw new FormatException($"'{name}' is missing");
                var (prompt, receiver) = (Field("text"), Field("receiver"));
                var order = prompt.IndexOf(receiver, StringComparison.Ordinal) < prompt.IndexOf(Field("giver"), StringComparison.Ordinal)
                    ? NameOrder.ReceiverFirst : NameOrder.GiverFirst;
                prompts.Add(new IndirectObjectPrompt(
                    document.RootElement.TryGetProperty("template", out var template) ? template.GetInt32() : 0, order, prompt, receiver,
                    Field("giver"), Field("counterfactual")));
            }
            catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
            {
                throw new InvalidDataException($"{path}: line {line}: {Excerpt.Of(error)}", error);
            }
        }
        return prompts;
    }

    private static Circuit LoadCircuit(string path)
    {
        RequireFile(path);
        return Circuit.Load(path);
    }

    private static void RequireFile(string path)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"there is no file {path}");
    }
}
