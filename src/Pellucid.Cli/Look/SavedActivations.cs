using System.CommandLine;
using Pellucid.Looking;
using Pellucid.Models;

namespace Pellucid.Cli.Look;

/// <summary>The option <c>--save</c>: the activations that a verb read, as a safetensors file.</summary>
internal static class SavedActivations
{
    private static readonly Option<string?> Save =
        new("--save") { Description = "Write the activations that were read as a safetensors file" };

    /// <summary>Gives a verb the option.</summary>
    public static Command WithSave(this Command command)
    {
        command.Options.Add(Save);
        return command;
    }

    /// <summary>Writes the activations of some prompts, where it was asked for.</summary>
    public static void Write(ParseResult words, Gpt gpt, Prompts prompts, Func<Activation, int, bool> read)
    {
        if (words.GetValue(Save) is not { } path)
            return;
        using var cache = ActivationCache.Record(gpt, prompts, read);
        cache.Save(path);
    }
}
