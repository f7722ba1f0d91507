using System.CommandLine;
using System.Globalization;
using Pellucid.Models;
using Pellucid.Models.Adapters;
using Pellucid.Tokens;

namespace Pellucid.Cli.Tune;

/// <summary>What a new adapter adapts and how, as words of <c>pellucid tune</c>: all that PEFT's <c>LoraConfig</c> says and that can be
/// computed, under names made of its own.</summary>
internal static class LoraOptions
{
    private const string Signs = "*[(\\|"; // of a regular expression

    public static readonly Option<int> Rank = new("--lora", "--lora-r")
    {
        Description = "Rank of the adapter; 0 tunes the whole model", DefaultValueFactory = _ => 8,
    };
    public static readonly Option<float> Dropout = TuneOptions.Number("--lora-dropout", "Probability of dropout on the adapter's path", 0f);
    private static readonly Option<double?> Alpha = new("--lora-alpha")
    {
        Description = "What is added is multiplied by alpha / rank; twice the rank if not given",
    };
    private static readonly Option<string[]> Targets = Names("Modules that are adapted: names such as q_proj v_proj, or one regular "
        + "expression; all linear layers if not given", "--lora-targets", "--lora-target-modules");
    private static readonly Option<string[]> Excluded =
        Names("Modules among them that are not, in the same way", "--lora-exclude", "--lora-exclude-modules");
    private static readonly Option<int[]> Layers = new("--lora-layers", "--lora-layers-to-transform")
    {
        Description = "Layers that are adapted, from 0; all if not given", AllowMultipleArgumentsPerToken = true,
    };
    private static readonly Option<string[]> RankPattern = Names("Other ranks, MODULE=RANK each: a name, or a regular expression that "
        + "names end in; the first that matches counts", "--lora-rank-pattern");
    private static readonly Option<string[]> AlphaPattern = Names("Other alphas, MODULE=ALPHA each", "--lora-alpha-pattern");
    private static readonly Option<bool> RsLora = new("--rslora", "--use-rslora") { Description = "Multiply by alpha / √rank (rsLoRA)" };
    private static readonly Option<bool> Dora = new("--dora", "--use-dora")
    {
        Description = "Learn lengths of columns apart from directions (DoRA)",
    };
    private static readonly Option<string> Biases = new Option<string>("--lora-bias")
    {
        Description = "Biases of the model that are learned as well: none, all, or lora_only, those of adapted layers",
        DefaultValueFactory = _ => "none",
    }.AcceptOnlyFromAmong("none", "all", "lora_only");
    private static readonly Option<bool> OwnBias = new("--lora-own-bias")
    {
        Description = "Give what is added a bias of its own (PEFT's lora_bias)",
    };
    private static readonly Option<string[]> Saved =
        Names("Modules that are learned whole and kept with the adapter, such as norms, or lm_head", "--lora-modules-to-save");

    private static readonly Option<string[]> Tokens = Names("Tokens, as they are written, whose rows in the tables are learned as well "
        + "(PEFT's trainable_token_indices); those of the chat template where the model has none of its own", "--lora-tokens");

    public static readonly Option[] All = [Rank, Alpha, Targets, Excluded, Layers, RankPattern, AlphaPattern, Dropout, RsLora, Dora, Biases,
        OwnBias, Saved, Tokens];

    /// <summary>An adapter that is begun; the whole model where the rank is 0.</summary>
    /// <exception cref="ArgumentException">A word names what is not there, or has no part in it.</exception>
    public static Adapter New(ParseResult words, Gpt gpt, string model, Tokenizer tokenizer, IReadOnlyList<int> ofTemplate, bool hasHead,
        bool hasValueHead)
    {
        if (words.GetValue(Rank) == 0)
        {
            if (hasHead)
                throw new ArgumentException("a reward model is an adapter with a head: --lora must be above 0");
            Refuse(words, "where the whole model is tuned (--lora 0)", Rank);
            return Adapter.Whole(gpt, hasValueHead: hasValueHead);
        }
        if (words.GetValue(Layers)?.Where(layer => layer < 0 || layer >= gpt.Config.Layers).Take(1).ToArray() is [var beyond])
            throw new ArgumentException($"{Layers.Name} has {beyond}; the model has layers 0 to {gpt.Config.Layers - 1}");
        var tokens = words.GetValue(Tokens) is { Length: > 0 } written ? [.. written.Select(word => tokenizer.Find(word)
            ?? throw new ArgumentException($"{Tokens.Name} has '{word}', which is no token of the model"))] : ofTemplate;
        var adapter = new Adapter(gpt, Of(words) with
        {
            BaseModel = model, HasHead = hasHead, HasValueHead = hasValueHead, TrainedTokens = Rows(gpt, tokens),
        });
        if (Unused(words, gpt, adapter) is not { } unused)
            return adapter;
        adapter.Dispose();
        throw new ArgumentException(unused);
    }

    /// <summary>Refuses words of a new adapter where none is made.</summary>
    /// <param name="words">What was written.</param>
    /// <param name="why">Where they have no part.</param>
    /// <param name="free">Words that have one.</param>
    /// <exception cref="ArgumentException">It names the first of them.</exception>
    public static void Refuse(ParseResult words, string why, params Option[] free)
    {
        if (All.Except(free).FirstOrDefault(option => words.GetResult(option) is { Implicit: false }) is { } given)
            throw new ArgumentException($"{given.Name} has no part {why}");
    }

    private static AdapterConfig Of(ParseResult words) => new()
    {
        Rank = words.GetValue(Rank),
        Alpha = words.GetValue(Alpha) ?? 2 * words.GetValue(Rank),
        Targets = Modules(words.GetValue(Targets)) ?? ModuleNames.AllLinear,
        Excluded = Modules(words.GetValue(Excluded)),
        Layers = words.GetValue(Layers) is { Length: > 0 } layers ? layers : null,
        RankPatterns = Patterns<int>(words, RankPattern, "rank", value =>
            int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var rank) ? rank : null),
        AlphaPatterns = Patterns<double>(words, AlphaPattern, "alpha", value =>
            double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var alpha) ? alpha : null),
        RankStabilised = words.GetValue(RsLora),
        Dora = words.GetValue(Dora),
        Dropout = words.GetValue(Dropout),
        HasBias = words.GetValue(OwnBias),
        Biases = words.GetValue(Biases) switch
        {
            "all" => AdapterBiases.All,
            "lora_only" => AdapterBiases.LoraOnly,
            _ => AdapterBiases.None,
        },
        Saved = words.GetValue(Saved) ?? [],
    };

    // Of the table of tokens, and of the output's where that is another.
    private static KeyValuePair<string, IReadOnlyList<int>>[] Rows(Gpt gpt, IReadOnlyList<int> tokens) => tokens.Count == 0 ? []
        : gpt.Config.TiedOutput ? [KeyValuePair.Create("", tokens)]
        : [.. AdaptedTable.Of(gpt).Where(table => table.Role is ParameterRole.TokenTable or ParameterRole.OutputTable)
            .Select(table => KeyValuePair.Create(table.Name.Split('.')[^1], tokens))];

    // What PEFT would pass over in silence.
    private static string? Unused(ParseResult words, Gpt gpt, Adapter adapter)
    {
        var config = adapter.Config;
        string[] modules = [.. adapter.Layers.Select(layer => layer.Module.Name), .. adapter.Tables.Select(table => table.Name)];
        foreach (var (option, patterns) in ((Option, IEnumerable<string>)[])[
            (RankPattern, config.RankPatterns.Select(each => each.Key)), (AlphaPattern, config.AlphaPatterns.Select(each => each.Key))])
            foreach (var pattern in patterns)
                if (!modules.Any(module => AdapterConfig.IsMeant(pattern, module)))
                    return $"{option.Name} has '{pattern}', which is no module that is adapted";
        if (config.Excluded is { } excluded && !AdaptedModule.Of(gpt).Any(module => excluded.Match(module.Name))
            && !AdaptedTable.Of(gpt).Any(table => excluded.Match(table.Name)))
            return $"{Excluded.Name} has {string.Join(' ', words.GetValue(Excluded)!)}, and the model has no such module";
        return null;
    }

    private static ModuleNames? Modules(string[]? names) => names switch
    {
        null or [] => null,
        [var one] when one.AsSpan().ContainsAny(Signs) || one == "all-linear" => ModuleNames.Of(one),
        _ => ModuleNames.Of(names),
    };

    private static KeyValuePair<string, T>[] Patterns<T>(ParseResult words, Option<string[]> option, string what, Func<string, T?> read)
        where T : struct => [.. (words.GetValue(option) ?? []).Select(word =>
            word.LastIndexOf('=') is > 0 and var at && read(word[(at + 1)..]) is { } value ? KeyValuePair.Create(word[..at], value)
                : throw new ArgumentException($"{option.Name} has '{word}', which is not a module and its {what}, as in q_proj=16"))];

    private static Option<string[]> Names(string description, string name, params string[] aliases) =>
        new(name, aliases) { Description = description, AllowMultipleArgumentsPerToken = true };
}
