using System.CommandLine;
using Pellucid.Models;

namespace Pellucid.Cli;

/// <summary>A whole training run by name. Those of built-in models make them again, bit for bit on the same instruction set.</summary>
internal static class Recipe
{
    /// <summary>How <c>tiny</c> was trained.</summary>
    public const string Tiny = "--data micro-world:128MB --tokenizer bpe:2048 --layers 4 --heads 4 --width 128 --context 96 --batch 16 "
        + "--steps 14000 " + TinySeed + " --lr 2e-3 --min-lr 1e-4 --eval-every 500";

    private const string TinySeed = "--seed 2";

    /// <summary>How <c>unicorn</c> was trained.</summary>
    public const string Unicorn = "--data animals --tokenizer bpe:420 --layers 4 --heads 4 --kv-heads 4 --norm rms --feed-forward gated "
        + "--positions rotary --width 96 --context 160 --batch 16 --steps 2400 --seed 1 --lr 3e-3 --min-lr 1e-4 --eval-every 250";

    private static readonly Dictionary<string, string> All = new() { [BuiltInModel.Name] = Tiny, [BuiltInModel.Unicorn] = Unicorn };

    /// <summary>The recipe of <c>tiny</c> with another seed.</summary>
    public static string TinyOf(ulong seed) => Tiny.Replace(TinySeed, $"--seed {seed}", StringComparison.Ordinal);

    /// <summary>Names of recipes.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Keys];

    /// <summary>The recipe's words, with those of the command line that it leaves open: where to write, and on what to compute.</summary>
    /// <exception cref="ArgumentException">There is no such recipe, or it settles an option that is given too.</exception>
    public static ParseResult Words(ParseResult given, Option<string?> recipe, params IReadOnlyList<Option> open)
    {
        var name = given.GetValue(recipe)!;
        if (!All.TryGetValue(name, out var settled))
            throw new ArgumentException($"there is no recipe '{name}'; there are {string.Join(", ", Names)}");
        foreach (var option in given.CommandResult.Command.Options.Except(open).Where(option => option != recipe))
            if (given.GetResult(option) is { Implicit: false })
                throw new ArgumentException($"the recipe {name} settles {option.Name}; leave it out, or train without --recipe");
        var left = new List<string>();
        for (var i = 0; i < given.Tokens.Count; i++)
            if (given.Tokens[i].Value == recipe.Name)
                i++;
            else
                left.Add(given.Tokens[i].Value);
        return PellucidCommand.Parse(given.RootCommandResult.Command, [.. left, .. settled.Split(' ')]);
    }
}
