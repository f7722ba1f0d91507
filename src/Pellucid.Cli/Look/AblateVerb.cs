using System.CommandLine;
using Pellucid.Cli.Terminal;
using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Pictures;
using Spectre.Console;

namespace Pellucid.Cli.Look;

/// <summary><c>pellucid look ablate</c>.</summary>
internal static class AblateVerb
{
    private const int MostShown = 40;

    private static readonly Argument<string> Model = CommonOptions.NewModel();
    private static readonly Argument<string[]> PromptTexts =
        new("PROMPT") { Description = "One or more texts", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<string> What = new("--what")
    {
        Description = "What is taken away, each by itself: heads, attention, mlp, or neurons of --layer",
        DefaultValueFactory = _ => "heads"
    };
    private static readonly Option<string[]> Together = new("--together")
    {
        Description = "Take these away together instead: "
            + "head 1.3, attention 2, mlp 0, neuron 3.17 (written 1.3, a2, m0, n3.17, and @4 behind it for one position)",
        AllowMultipleArgumentsPerToken = true
    };
    private static readonly Option<int?> Layer = new("--layer") { Description = "Only this layer, from 0" };
    private static readonly Option<int?> Position = new("--position") { Description = "Only at this position of the prompt, from 0" };
    private static readonly Option<string> Kind = new("--kind")
    {
        Description =
            "What stands in: zero, mean (over all rows of the reference), or resample (the same position of another reference prompt)",
        DefaultValueFactory = _ => "zero"
    };
    private static readonly Option<string[]> Reference = new("--reference")
    {
        Description = "Texts that means and other values come from; the prompts themselves if not given",
        AllowMultipleArgumentsPerToken = true
    };
    private static readonly Option<string[]> ReferenceTokens =
        new("--reference-tokens") { Description = "The numbers of the tokens of a reference text, instead of words" };
    private static readonly Option<string?> Answer = new("--answer") { Description = "The next token that is right" };
    private static readonly Option<string?> Wrong = new("--wrong") { Description = "The next token that the right one is compared with" };
    private static readonly Option<string?> Recall = new("--recall")
    {
        Description = "Instead of texts, with --copying: questions whose answer must be known, a line each of prompt, "
            + "answer and wrong answer between tabs. Feed-forward layers are taken away from the top"
    };
    private static readonly Option<string?> Copying =
        new("--copying") { Description = "Questions whose answer stands in the prompt, in the same form" };
    private static readonly Option<ulong> Seed = CommonOptions.NewSeed();

    public static System.CommandLine.Command Create()
    {
        var command = new System.CommandLine.Command("ablate", "Takes pieces of a model away and shows what that costs: "
            + "the loss on the prompts' own tokens, and the logit difference of two answers.")
        {
            Model, PromptTexts, PromptOptions.Tokens, PromptOptions.Repeat, What, Together, Layer, Position, Kind, Reference,
            ReferenceTokens, Answer, PromptOptions.AnswerToken, Wrong, PromptOptions.WrongToken, Recall, Copying, Seed,
            PromptOptions.BeginOfText,
        }.WithPictures().WithSave()
            .WithExample("pellucid look ablate tiny \"Anna and Ben met at the park. Anna gave a ring to Ben.\" --what heads --kind zero");
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult words)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        var kind = Enum.TryParse<AblationKind>(words.GetValue(Kind), ignoreCase: true, out var parsed) && Enum.IsDefined(parsed) ? parsed
            : throw new ArgumentException($"--kind is '{words.GetValue(Kind)}'; it can be zero, mean or resample");
        var (recall, copying) = (words.GetValue(Recall), words.GetValue(Copying));
        if (recall is null != copying is null)
            throw new ArgumentException("--recall and --copying belong together");
        var (isText, isRepeated) = (words.GetValue(PromptTexts)!.Length > 0 || PromptOptions.AreNumbers(words),
            words.GetValue(PromptOptions.Repeat) is not null);
        if ((isText ? 1 : 0) + (isRepeated ? 1 : 0) + (recall is null ? 0 : 1) != 1)
            throw new ArgumentException("a text is needed, or --repeat, or --recall and --copying: one of them");
        using var subject = Subject.Load(words, Model);
        if (recall is not null)
            return Divide(words, output, subject, new LabourTable(subject, recall, copying!));
        var half = PromptOptions.Repeated(words, subject.Gpt.Config);
        var prompts = half is { } once ? HeadSummary.RepeatedTokens(subject.Gpt, words.GetValue(Seed), half: once)
            : new Prompts(Texts(words, subject, PromptTexts, PromptOptions.Tokens));
        var references = Texts(words, subject, Reference, ReferenceTokens);
        var reference = references.Count > 0 ? new Prompts(references) : null;
        var (answer, wrong) = (subject.TokenOf(words, Answer, PromptOptions.AnswerToken),
            subject.TokenOf(words, Wrong, PromptOptions.WrongToken));
        if (answer is null != wrong is null)
            throw new ArgumentException("--answer and --wrong belong together");
        var questions = answer is not { } right ? null
            : Enumerable.Range(0, prompts.Count).Select(prompt => new Question(prompts[prompt], right, wrong!.Value)).ToList();
        var sets = words.GetValue(Together) is { Length: > 0 } pieces
            ? [[.. pieces.Select(piece => Parse(piece, words.GetValue(Position)))]] : Each(words, subject.Gpt.Config);
        using var ablation = new Ablation(subject.Gpt, prompts, kind, reference, questions, words.GetValue(Seed), half + 1 ?? 1);

        var name = kind.ToString().ToLowerInvariant();
        var method = $"{name} ablation over {prompts.Count} prompt{(prompts.Count == 1 ? "" : "s")}"
            + (half is null ? "" : $" of {half} random tokens and the same again, whose loss counts");
        var ablated = new AblatedModel(
            ModelResult.Of(subject, method, [.. Enumerable.Range(0, prompts.Count).SelectMany(prompt => prompts[prompt])]),
            Meanings.Of("look ablate"), name, prompts.Count, words.GetValue(Seed), ablation.Loss, ablation.LogitDifference,
            [.. ablation.Sets(sets).Select(AblatedPieces.Of)]);
        Show(output, ablated);
        PictureFiles.Write(words, () => [Draw(subject.Gpt.Config, ablated.Results)]);
        SavedActivations.Write(words, subject.Gpt, prompts,
            (activation, layer) => sets.Any(set => set.Any(component => component.Activation == activation && component.Layer == layer)));
        output.Json(ablated, Results.Default.AblatedModel);
        return PellucidCommand.Done;
    }

    private static void Show(Output output, AblatedModel ablated)
    {
        output.Line($"{ablated.Method}; whole model: loss {Number(ablated.Loss)}"
            + (ablated.LogitDifference is { } whole ? $", logit difference {Number(whole)}" : ""));
        var table = ablated.LogitDifference is null ? Reports.NewTable("without", "loss", "change")
            : Reports.NewTable("without", "loss", "change", "logit difference", "change");
        var shown = Strongest(ablated.Results);
        foreach (var result in shown)
            table.AddPlainRow([result.Without, Number(result.Loss), Number(result.LossChange),
                .. ablated.LogitDifference is null ? (string[])[]
                    : [Number(result.LogitDifference), Number(result.LogitDifferenceChange)]]);
        output.People.Write(table);
        if (shown.Count < ablated.Results.Count)
            output.Line($"the strongest {shown.Count} of {ablated.Results.Count}");
    }

    private static int Divide(ParseResult words, Output output, Subject subject, LabourTable labour)
    {
        output.Line(labour.Method);
        output.People.Write(labour.Table());
        PictureFiles.Write(words, () => [labour.Draw()]);
        SavedActivations.Write(words, subject.Gpt, labour.Prompts, (activation, _) => activation == Activation.MlpOut);
        output.Json(new DividedLabour(ModelResult.Of(subject, labour.Method, []), labour.Division), Results.Default.DividedLabour);
        return PellucidCommand.Done;
    }

    // Those in words first, then those in numbers.
    private static List<int[]> Texts(ParseResult words, Subject subject, Symbol texts, Option<string[]> numbers)
    {
        var inWords = texts is Argument<string[]> argument ? words.GetValue(argument) : words.GetValue((Option<string[]>)texts);
        var inNumbers = (words.GetValue(numbers) ?? []).Select(text => PromptOptions.Parse(text, numbers.Name, subject.Gpt.Config));
        return [.. (inWords ?? []).Select(subject.Encode),
            .. inNumbers.Select(tokens => subject.Begin is { } begin ? [begin, .. tokens] : tokens)];
    }

    private static List<IReadOnlyList<Component>> Each(ParseResult words, GptConfig config)
    {
        var (what, position) = (words.GetValue(What), words.GetValue(Position) ?? -1);
        if (what == "neurons" && words.GetValue(Layer) is null)
            throw new ArgumentException("--what neurons needs --layer");
        var layers = words.GetValue(Layer) is { } layer ? [layer] : Enumerable.Range(0, config.Layers).ToArray();
        var components = what switch
        {
            "heads" => from l in layers from h in Enumerable.Range(0, config.Heads)
                select new Component(Activation.Z, l, h, Position: position),
            "attention" => layers.Select(l => new Component(Activation.AttnOut, l, Position: position)),
            "mlp" => layers.Select(l => new Component(Activation.MlpOut, l, Position: position)),
            "neurons" => Enumerable.Range(0, Math.Max(1, config.FeedForwardWidth))
                .Select(n => new Component(Activation.MlpPost, layers[0], Neuron: n, Position: position)),
            var other => throw new ArgumentException($"--what is '{other}'; it can be heads, attention, mlp or neurons"),
        };
        return [.. components.Select(component => (IReadOnlyList<Component>)[component])];
    }

    private static Component Parse(string piece, int? position) =>
        Component.Parse(piece) is var component && position is { } at ? component with { Position = at } : component;

    private static string Number(Estimate? estimate) => estimate is not { } value ? "–"
        : double.IsNaN(value.StandardError) ? Units.Number(value.Mean, 4)
        : $"{Units.Number(value.Mean, 4)} ± {Units.Number(value.StandardError, 4)}";

    private static IReadOnlyList<AblatedPieces> Strongest(IReadOnlyList<AblatedPieces> results) => results.Count <= MostShown ? results
        : [.. results.OrderByDescending(result => Math.Abs(result.Change)).Take(MostShown)];

    // Heads as a map; anything else as bars, the strongest where there are many.
    private static Picture Draw(GptConfig config, IReadOnlyList<AblatedPieces> results)
    {
        var title = results[0].LogitDifferenceChange is null ? "Change of the loss" : "Change of the logit difference";
        if (results.All(result => result.Removed is [{ Activation: Activation.Z, Head: >= 0 }]))
        {
            var layers = results.Select(result => result.Removed[0].Layer).Distinct().Order().ToList();
            var values = new double[layers.Count, config.Heads];
            foreach (var result in results)
                values[layers.IndexOf(result.Removed[0].Layer), result.Removed[0].Head] = result.Change;
            return HeatMap.Draw($"{title} without each head", [.. layers.Select(layer => $"layer {layer}")],
                [.. Enumerable.Range(0, config.Heads).Select(head => $"{head}")], values);
        }
        return Bars.Draw($"{title} by what is taken away",
            [.. Strongest(results).Select(result => new Bar(result.Without, result.Change))]);
    }
}
