using System.CommandLine;
using System.Text.Json;
using Pellucid.Generation;

namespace Pellucid.Cli;

/// <summary>How tokens are chosen, as options of whatever writes. What is not given is as the model's makers say.</summary>
internal static class SamplingWords
{
    /// <summary>Told in the help of whatever writes.</summary>
    public const string Order = "What there is to choose from is made in this order: repetition penalty, temperature, top-k (tokens as "
        + "likely as the last one stay too), top-p (the token that crosses it stays), min-p. What is not given is as "
        + "the model's generation_config.json says.";

    private static readonly SamplingOptions Plain = new();

    private static readonly Option<float?> Temperature = new("--temperature")
    {
        Description = $"0 always takes the most likely token, 1 samples as learned{Otherwise(Plain.Temperature)}",
    };
    private static readonly Option<int?> TopK = new("--top-k")
    {
        Description = $"Choose among so many of the most likely tokens; 0 for all{Otherwise(Plain.TopK)}",
    };
    private static readonly Option<float?> TopP = new("--top-p")
    {
        Description = $"Choose among the most likely tokens that together have this probability{Otherwise(Plain.TopP)}",
    };
    private static readonly Option<float?> MinP = new("--min-p")
    {
        Description = $"Choose among tokens at least this fraction as probable as the most likely one{Otherwise(Plain.MinP)}",
    };
    private static readonly Option<float?> RepetitionPenalty = new("--repetition-penalty")
    {
        Description = $"Makes tokens that the text holds already less likely; 1 does not{Otherwise(Plain.RepetitionPenalty)}",
    };
    private static readonly Option<string[]> Stop = new("--stop")
    {
        Description = "Strings that end the text and are not part of it",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };
    private static readonly Option<ulong> Seed = CommonOptions.NewSeed();

    /// <summary>Gives a verb all of them.</summary>
    public static Command WithSampling(this Command command)
    {
        foreach (var option in (Option[])[Temperature, TopK, TopP, MinP, RepetitionPenalty, Stop, Seed])
            command.Options.Add(option);
        return command;
    }

    /// <summary>What was asked for, and else what the makers say.</summary>
    /// <exception cref="ArgumentException">It makes no sense.</exception>
    public static SamplingOptions Read(ParseResult words, SamplingDefaults defaults) =>
        defaults.Options(words.GetValue(Temperature), words.GetValue(TopK), words.GetValue(TopP), words.GetValue(MinP),
            words.GetValue(RepetitionPenalty)) with { Seed = words.GetValue(Seed) };

    /// <summary>Strings that end a text.</summary>
    /// <exception cref="ArgumentException">One is empty.</exception>
    public static string[] Stops(ParseResult words)
    {
        var stops = words.GetValue(Stop)!;
        _ = new StopStrings(stops);
        return stops;
    }

    /// <summary>Refuses what makes no sense, before a model is loaded.</summary>
    /// <exception cref="ArgumentException">It makes no sense.</exception>
    public static void Check(ParseResult words) => (_, _) = (Read(words, SamplingDefaults.None), Stops(words));

    /// <summary>Says on standard error what of the makers' defaults is used.</summary>
    public static void Tell(ParseResult? words, SamplingDefaults defaults)
    {
        var used = words is null ? defaults : defaults with
        {
            Temperature = words.GetValue(Temperature) is null ? defaults.Temperature : null,
            TopK = words.GetValue(TopK) is null ? defaults.TopK : null,
            TopP = words.GetValue(TopP) is null ? defaults.TopP : null,
            MinP = words.GetValue(MinP) is null ? defaults.MinP : null,
            RepetitionPenalty = words.GetValue(RepetitionPenalty) is null ? defaults.RepetitionPenalty : null,
        };
        if (used.ToString() is { Length: > 0 } said)
            Console.Error.WriteLine($"{defaults.Source}: {said}");
    }

    /// <summary>Writes what is used, and where it comes from.</summary>
    public static void Write(Utf8JsonWriter json, SamplingOptions options, SamplingDefaults defaults)
    {
        json.WriteStartObject("sampling");
        json.WriteNumber("temperature", options.Temperature);
        json.WriteNumber("top_k", options.TopK);
        json.WriteNumber("top_p", options.TopP);
        json.WriteNumber("min_p", options.MinP);
        json.WriteNumber("repetition_penalty", options.RepetitionPenalty);
        json.WriteNumber("seed", options.Seed);
        json.WriteString("defaults", defaults.ToString().Length > 0 ? defaults.Source : null);
        json.WriteEndObject();
    }

    private static string Otherwise(float value) => FormattableString.Invariant($"; {value} if nobody says");
}
