using System.CommandLine;
using System.Text.Json.Serialization;
using Pellucid.Cli.Terminal;
using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Pictures;
using Spectre.Console;

namespace Pellucid.Cli.Look;

/// <summary><c>pellucid look attribute</c>.</summary>
internal static class AttributeVerb
{
    private const string Method = "direct logit attribution: deviation of the final LayerNorm frozen (adds up); "
        + "beside it what is lost without the part, LayerNorm computed anew (does not add up)";

    private const string Title = "Direct share of the logit difference";

    private static readonly Argument<string> Model = CommonOptions.NewModel();
    private static readonly Argument<string?> Prompt = new("PROMPT") { Description = "The prompt", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<string?> Answer = new("--answer") { Description = "The next token that is right" };
    private static readonly Option<string?> Wrong = new("--wrong") { Description = "The next token that the right one is compared with" };
    private static readonly Option<string> By =
        new("--by") { Description = "How finely: layers, heads or neurons", DefaultValueFactory = _ => "heads" };
    private static readonly Option<int> Top = new("--top") { Description = "Strongest parts to show", DefaultValueFactory = _ => 20 };

    public static System.CommandLine.Command Create()
    {
        var command = new System.CommandLine.Command("attribute", "Splits the logit difference of two answers into what each part wrote to "
            + "the residual stream: direct logit attribution, which does not see effects through later layers.")
        {
            Model, Prompt, PromptOptions.Tokens, Answer, PromptOptions.AnswerToken, Wrong, PromptOptions.WrongToken, By,
            Top, PromptOptions.BeginOfText,
        }.WithPictures().WithSave()
            .WithExample("pellucid look attribute tiny \"Anna gave a ring to Ben\" --answer . --wrong \",\" --by layers");
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult words)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        var parts = Enum.TryParse<Parts>(words.GetValue(By), ignoreCase: true, out var parsed) && Enum.IsDefined(parsed) ? parsed
            : throw new ArgumentException($"--by is '{words.GetValue(By)}'; it can be layers, heads or neurons");
        if (words.GetValue(Top) < 1)
            throw new ArgumentException("--top must be at least 1");
        using var subject = Subject.Load(words, Model);
        var prompt = subject.Prompt(words, words.GetValue(Prompt));
        var (right, wrong) = (subject.RequiredToken(words, Answer, PromptOptions.AnswerToken),
            subject.RequiredToken(words, Wrong, PromptOptions.WrongToken));
        var question = new Question(prompt, right, wrong);
        var result = DirectAttribution.Of(subject.Gpt, question, parts);
        var attributions = result.Parts;
        var found = new AttributedDifference(ModelResult.Of(subject, Method, question.Tokens), Meanings.Of("look attribute"),
            result.LogitDifference, result.Sum,
            [.. attributions.Select(one => new AttributedPart(one.Part.Name,
                one.Part.Layer < subject.Gpt.Config.Layers ? one.Part.Layer : null, one.Direct, one.Removed))]);

        output.Line($"{Method}; logit difference {(subject.Gpt.Config.LogitCap == 0 ? "" : "before the cap ")}"
            + $"{Units.Number(found.LogitDifference, 4)}, "
            + $"the parts add up to {Units.Number(found.SumOfParts, 4)}");
        var strongest = found.Parts.OrderByDescending(part => Math.Abs(part.Direct)).Take(words.GetValue(Top)).ToList();
        var table = Reports.NewTable("part", "direct", "lost without it");
        foreach (var part in strongest)
            table.AddPlainRow(part.Part, Units.Number(part.Direct, 4), Units.Number(part.Removed, 4));
        output.People.Write(table);
        if (strongest.Count < found.Parts.Count)
            output.Line($"the strongest {strongest.Count} of {found.Parts.Count} parts");
        PictureFiles.Write(words, () => [parts == Parts.Heads ? HeadMap(subject.Gpt.Config, attributions)
            : Bars.Draw(Title, [.. (parts == Parts.Layers ? found.Parts : strongest).Select(part => new Bar(part.Part, part.Direct))])]);
        SavedActivations.Write(words, subject.Gpt, new Prompts([question.Tokens]),
            (activation, layer) => ResidualDecomposition.Needs(activation, layer, parts));
        output.Json(found, Results.Default.AttributedDifference);
        return PellucidCommand.Done;
    }

    private static Picture HeadMap(GptConfig config, IReadOnlyList<Attribution> attributions)
    {
        var values = new double[config.Layers, config.Heads];
        foreach (var attribution in attributions.Where(attribution => attribution.Part.Head >= 0))
            values[attribution.Part.Layer, attribution.Part.Head] = attribution.Direct;
        return HeatMap.Draw($"{Title} of each head", [.. Enumerable.Range(0, config.Layers).Select(layer => $"layer {layer}")],
            [.. Enumerable.Range(0, config.Heads).Select(head => $"{head}")], values);
    }
}

/// <summary>A logit difference, and what each part gave to it.</summary>
internal sealed record AttributedDifference([property: JsonIgnore] ModelResult About, IReadOnlyDictionary<string, string> Meanings,
    double LogitDifference, double SumOfParts, IReadOnlyList<AttributedPart> Parts) : ModelResult(About);

/// <summary>What a part gave, and what is lost without it; the bias of the final norm is of no layer, and what is embedded is before
/// the first, -1.</summary>
internal sealed record AttributedPart(string Part, int? Layer, double Direct, double Removed);
