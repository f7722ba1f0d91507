using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace Pellucid.Cli.Parsing;

/// <summary>
/// Numbers as options take them: written with a point wherever one lives, and refused unless the whole word is one number.
/// All options of all verbs are read here.
/// </summary>
internal static class NumberWords
{
    /// <summary>Has every option of a verb and of those below it read its numbers in this way.</summary>
    public static void ReadOptionsOf(Command command)
    {
        foreach (var option in command.Options)
            Read(option);
        foreach (var below in command.Subcommands)
            ReadOptionsOf(below);
    }

    /// <summary>A whole number that is the whole word, without a sign; null where it is none.</summary>
    public static int? Count(ReadOnlySpan<char> word) =>
        int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static void Read(Option option)
    {
        switch (option)
        {
            case Option<int> number: number.CustomParser = word => Whole<int>(word); break;
            case Option<int?> number: number.CustomParser = word => Whole<int>(word); break;
            case Option<long> number: number.CustomParser = word => Whole<long>(word); break;
            case Option<long?> number: number.CustomParser = word => Whole<long>(word); break;
            case Option<ulong> number: number.CustomParser = word => Whole<ulong>(word); break;
            case Option<ulong?> number: number.CustomParser = word => Whole<ulong>(word); break;
            case Option<float> number: number.CustomParser = word => Real<float>(word); break;
            case Option<float?> number: number.CustomParser = word => Real<float>(word); break;
            case Option<double> number: number.CustomParser = word => Real<double>(word); break;
            case Option<double?> number: number.CustomParser = word => Real<double>(word); break;
            case Option<bool> flag: flag.CustomParser = YesOrNo; break;
            case Option<bool?> flag: flag.CustomParser = word => YesOrNo(word); break;
        }
    }

    private static TNumber Whole<TNumber>(ArgumentResult result) where TNumber : struct, IBinaryInteger<TNumber>, IMinMaxValue<TNumber>
    {
        if (result.Tokens is not [{ Value: var word }])
            return default;
        if (TNumber.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            return number;
        return Refuse<TNumber>(result,
            BigInteger.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)
                ? $"is {word}; it can be from {TNumber.MinValue} to {TNumber.MaxValue}" : $"is '{word}', which is no whole number");
    }

    private static TNumber Real<TNumber>(ArgumentResult result) where TNumber : struct, IFloatingPointIeee754<TNumber>
    {
        const NumberStyles Written = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (result.Tokens is not [{ Value: var word }])
            return default;
        if (!IsOfDigits(word) || !TNumber.TryParse(word, Written, CultureInfo.InvariantCulture, out var number))
            return Refuse<TNumber>(result, $"is '{word}', which is no number; one is written like 0.001 or 1e-3");
        return TNumber.IsFinite(number) ? number : Refuse<TNumber>(result, $"is {word}, which is too large");
    }

    // Not NaN, Infinity and the like.
    private static bool IsOfDigits(string word) => word.All(character => char.IsAsciiDigit(character) || "+-.eE".Contains(character));

    private static bool YesOrNo(ArgumentResult result) => result.Tokens switch
    {
        [] => true,
        [{ Value: "true" }] => true,
        [{ Value: "false" }] => false,
        [{ Value: var word }, ..] => Refuse<bool>(result, $"is '{word}'; it can be true or false, or stand alone"),
    };

    private static TValue Refuse<TValue>(ArgumentResult result, string complaint) where TValue : struct
    {
        result.AddError($"{(result.Parent as OptionResult)?.Option.Name ?? result.Argument.Name} {complaint}");
        return default;
    }
}
