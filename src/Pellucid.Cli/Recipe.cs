using System.CommandLine;
using Pellucid.Models;

namespace Pellucid.Cli;

/// <summary>A whole training run by name. That of the built-in model makes it again, bit for bit on the same instruction set.</summary>
internal static class Recipe
{
    /// <summary>How <c>tiny</c> was trained.</summary>
    public const string Tiny = "--data micro-world:128MB --tokenizer bpe:2048 --layers 4 --heads 4 --width 128 --context 96 --batch 16 "
        + "--steps 14000 --seed 2 --lr 2e-3 --min-lr 1e-4 --eval-every 500";

    /// <summary>Names of recipes.</summary>
    public static IReadOnlyList<string> Names { get; } = [BuiltInModel.Name];

    /// <summary>The recipe's words, with those of the command line that it leaves open: where to write, and on what to compute.</summary>
    /// <exception cref="ArgumentException">There is no such recipe, or it settles an option that is given too.</exception>
    public static ParseResult Words(ParseResult given, Option<string?> recipe, params IReadOnlyList<Option> open)
    {
        var name = given.GetValue(recipe)!;
        if (name != BuiltInModel.Name)
            throw new ArgumentException($"there is no recipe '{name}'; there is {string.Join(", ", Names)}");
        foreach (var option in given.CommandResult.Command.Options.Except(open).Where(option => option != recipe))
            if (given.GetResult(option) is { Implicit: false })
                throw new ArgumentException($"the recipe {name} settles {option.Name}; leave it out, or train without --recipe");
        var left = new List<string>();
        for (var i = 0; i < given.Tokens.Count; i++)
            if (given.Tokens[i].Value == recipe.Name)
                i++;
            else
                left.Add(given.Tokens[i].Value);
        return PellucidCommand.Parse(given.RootCommandResult.Command, [.. left, .. Tiny.Split(' ')]);
    }
}
