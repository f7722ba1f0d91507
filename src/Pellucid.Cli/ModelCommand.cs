using System.CommandLine;
using Pellucid.Cli.Terminal;
using Pellucid.Models;
using Pellucid.Models.Weights.Gguf;
using Pellucid.Tensors;
using Pellucid.Tokens;
using Spectre.Console;

namespace Pellucid.Cli;

/// <summary><c>pellucid model</c>.</summary>
internal static class ModelCommand
{
    private const int TokensPerParameter = 20;

    /// <summary>A model, where there is no preset.</summary>
    public static readonly Argument<string?> ModelOrNone = new("MODEL")
    {
        Description = "A model folder or a GGUF file; none with --preset",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>A shape by its name.</summary>
    public static readonly Option<string?> Preset = PresetOption.New();
    private static readonly Option<double?> Tokens = new("--tokens") { Description = "Training tokens to count the FLOPs of; "
        + $"if not given as many as the published model saw, or {TokensPerParameter} a parameter (Hoffmann et al. 2022)" };
    private static readonly Option<bool> Metadata = new("--metadata") { Description = "Show every key of a GGUF file; with --json whole" };
    private static readonly Argument<string> Name = new("NAME")
    {
        Description = "A model of a hub, such as gpt2, or somebody/model:Q4_K_M of GGUF",
    };
    private static readonly Option<string> Revision =
        new("--revision") { Description = "Branch, tag or commit", DefaultValueFactory = _ => "main" };

    public static System.CommandLine.Command Create()
    {
        var show = new System.CommandLine.Command("show", "Shows a model's shape, parameters, and the arithmetic of training it.")
        {
            ModelOrNone, Preset, Tokens, Metadata,
        }.WithExample("pellucid model show --preset gpt2");
        show.SetAction(Show);
        var pull = new System.CommandLine.Command("pull", "Fetches a model in the Hugging Face layout, or as GGUF, into the cache, under "
            + "whose name every verb then finds it: NAME:TYPE, such as somebody/model:Q8_0, is the GGUF file of that type with its shards; "
            + $"without a type that is Q4_K_M where there are several. {ModelHub.TokenVariable} holds the token for what not everybody may "
            + $"read, {ModelHub.EndpointVariable} names another hub, {CacheFolder.Variable} another cache. "
            + "What is there already is not fetched again, and what broke off goes on.") { Name, Revision }
            .WithExample("pellucid model pull gpt2");
        pull.SetAction((words, cancellation) => ModelHub.Pull(words, words.GetValue(Name)!, words.GetValue(Revision)!, cancellation));
        return new System.CommandLine.Command("model",
            "Shows, converts, fetches and verifies models.")
        {
            show, PlanVerb.Create(), ConvertVerb.Create(), pull, VerifyCommand.Create()
        };
    }

    private static int Show(ParseResult words)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        if (words.GetValue(Preset) is null && words.GetValue(ModelOrNone) is { } file && GgufReader.IsGguf(file))
            return words.GetValue(Metadata) ? GgufKeys.Show(file, output) : GgufFacts.Show(file, output);
        if (words.GetValue(Metadata))
            throw new ArgumentException("--metadata shows the keys of a GGUF file; give one");
        var config = Shape(words);
        var published = words.GetValue(Preset) is { } preset ? GptPresets.TrainingTokens(preset) : null;
        var tokens = words.GetValue(Tokens) ?? published ?? (double)TokensPerParameter * config.Parameters;
        if (!(tokens > 0))
            throw new ArgumentException("--tokens must be above 0");
        var plan = MemoryPlan.Of(config, 1, config.Context);
        var (tokenizer, specials) = Specials(words, config);
        var ends = specials.Ends.Count == 0 ? "none"
            : string.Join("  ", specials.Ends.Select(end => $"{end} {tokenizer?.Show(end)}".TrimEnd()));
        var shown = ShownModel.Of(config, specials, plan, tokens);
        var table = new Table().Border(TableBorder.Minimal).HideHeaders().AddColumns(
            new TableColumn(""), new TableColumn("").RightAligned());
        foreach (var (name, value) in (ReadOnlySpan<(string, string)>)
        [
            ("layers", Units.Count(shown.Layers)), ("heads", HeadsText(config)), ("columns of a head", Units.Count(shown.HeadWidth)),
            ("positions", PositionsText(config)), ("width", Units.Count(shown.Width)),
            ("feed-forward width", Units.Count(shown.FeedForwardWidth)), ("vocabulary", Units.Count(shown.VocabularySize)),
            ("context", Units.Count(shown.Context)),
            ("texts end with", ends), ("and begin with",
                specials.Begin is { } start ? $"{start} {tokenizer?.Show(start)}{(specials.AddsBegin ? ", always" : "")}" : "nothing"),
            ("family", shown.Family), ("attention", AttentionText(config)), ("scores", ScoresText(config)),
            ("normalisation", NormText(config.Norm)),
            ("neurons", $"{shown.Nonlinearity}{(config.Gated ? ", gated" : "")}"),
            .. ExpertRows(config),
            ("output table", shown.TiedOutput ? "the token table" : "one of its own"),
            ("parameters", Units.Count(shown.Parameters)),
            ("without token and position tables", Units.Count(shown.NonEmbeddingParameters)),
            ("feed-forward weights", $"{Units.Number(100 * shown.FeedForwardShare, 1)} %"),
            ("memory to run: weights, f32", Units.Bytes(plan.Weights)),
            ($"and keys and values of {Units.Count(config.Context)} tokens", Units.Bytes(plan.KeyValues)),
            ("memory to train: weights, gradients and moments", Units.Bytes(plan.Weights + plan.Training)),
            ($"and activations of {Units.Count(config.Context)} tokens", Units.Bytes(plan.Activations)),
            ($"FLOPs to train on {Units.Count(shown.TrainingTokens)} tokens", $"{shown.TrainingFlops:0.00e+0}"),
        ])
            table.AddRow(name, value);
        if (shown.PassedOver is { Length: > 0 } passedOver)
            table.AddRow("passed over", passedOver);
        output.People.Write(table);
        output.Json(shown, Results.Default.ShownModel);
        return PellucidCommand.Done;
    }

    private static (string, string)[] ExpertRows(GptConfig config) => config.Experts is not { } experts ? [] :
    [
        ("experts of a layer", $"{Units.Count(experts.Count)}, of which a row meets {Units.Count(experts.Active)}"),
        ("and their weights", experts.WeighedAmongChosen ? "a softmax over those chosen" : "a softmax over all"),
        ("parameters that a row meets", Units.Count(config.ActiveParameters)),
    ];

    // Layers that see alike are named together.
    private static string AttentionText(GptConfig config) =>
        string.Join("; ", Enumerable.Range(0, config.Layers).GroupBy(layer => config.Windows[layer])
            .Select(group => (Sees: group.Key == 0 ? "all keys" : $"{group.Key} keys", Layers: group.ToList()))
            .Select(group => group.Layers.Count == config.Layers ? $"every layer sees {group.Sees}"
                : group.Layers.Count == 1 ? $"1 layer sees {group.Sees}" : $"{group.Layers.Count} layers see {group.Sees}"));

    private static string ScoresText(GptConfig config) => config.ScoreScales.Equals((double?)null) ? "divided by √D"
        : string.Join(", ", Enumerable.Range(0, config.Layers)
            .Select(layer => config.ScoreScales[layer] ?? 1 / Math.Sqrt(config.HeadWidth)).Distinct()
            .Select(scale => $"× {Units.Number(scale, 4)}"));

    private static string NormText(NormShape norm) => !norm.Exists ? "none" : $"{norm.Kind} of " + norm.Place switch
    {
        NormPlace.Stream => "the stream after each layer",
        NormPlace.Output => "what each layer says",
        NormPlace.InputAndOutput => "what each layer reads and says",
        _ => "what each layer reads",
    };

    private static string HeadsText(GptConfig config) => config.KeyValueHeads == config.Heads ? Units.Count(config.Heads)
        : $"{Units.Count(config.Heads)}, {Units.Count(config.KeyValueHeads)} with keys and values";

    private static string PositionsText(GptConfig config)
    {
        var turning = Enumerable.Range(0, config.Layers).Select(layer => config.Rotary[layer]).OfType<RotaryShape>().Distinct().ToList();
        return config.LearnedPositions ? "vectors of their own" : turning.Count == 0 ? "none"
            : "rotary, " + string.Join("; ",
                turning.Select(rotary => $"theta {Units.Count(rotary.Theta)}{ScalingText(rotary.Scaling)}"));
    }

    private static string ScalingText(RotaryScaling? scaling) => scaling switch
    {
        null => "",
        LinearRotaryScaling linear => $", frequencies / {Units.Number(linear.Factor, 2)}",
        Llama3RotaryScaling llama => $", Llama 3's scaling by {Units.Number(llama.Factor, 2)}",
        YarnRotaryScaling yarn => $", YaRN by {Units.Number(yarn.Factor, 2)}",
        _ => ", LongRoPE",
    };

    // A published shape is no model: nobody knows its tokens.
    private static (Tokenizer?, SpecialTokens) Specials(ParseResult words, GptConfig config)
    {
        if (words.GetValue(ModelOrNone) is not { } path)
            return (null, SpecialTokens.None);
        var tokenizer = ModelFolder.LoadTokenizer(path, config);
        return (tokenizer, ModelFolder.LoadSpecials(path, tokenizer, config));
    }

    /// <summary>The shape that was asked for: of a model or a preset.</summary>
    public static GptConfig Shape(ParseResult words)
    {
        var (path, preset) = (words.GetValue(ModelOrNone), words.GetValue(Preset));
        if (path is null == preset is null)
            throw new ArgumentException("give either a model folder or --preset");
        return preset is null ? Checkpoint.LoadConfig(ModelFolder.Resolve(path!))
            : PresetOption.Shape(preset);
    }
}
