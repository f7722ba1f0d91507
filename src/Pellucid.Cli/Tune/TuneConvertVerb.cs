using System.CommandLine;
using Pellucid.Cli.Terminal;
using Pellucid.Models.Adapters;
using Pellucid.Models.Weights.Gguf;

namespace Pellucid.Cli.Tune;

/// <summary><c>pellucid tune convert</c>.</summary>
internal static class TuneConvertVerb
{
    private static readonly Argument<string> Model = new("BASE+ADAPTER") { Description = "A model and an adapter of it" };
    private static readonly Option<string> Out = new("--out")
    {
        Description = $"Folder of the adapter in PEFT's layout, or a file NAME{GgufReader.Extension} in llama.cpp's", Required = true,
    };

    public static Command Create()
    {
        var command = new Command("convert", "Writes an adapter in the other format; the model stays as it is.") { Model, Out }
            .WithExample("pellucid tune convert MODEL+tuned --out tuned.gguf");
        command.SetAction(Convert);
        return command;
    }

    private static int Convert(ParseResult words)
    {
        var (output, path, target) = (new Output(words.GetValue(CommonOptions.Json)), words.GetValue(Model)!, words.GetValue(Out)!);
        var parts = ModelFolder.Parts(path) ?? throw new ArgumentException($"{path} is no BASE+ADAPTER");
        if (Path.Exists(target))
            throw new IOException($"{target} is there already; choose another name, or remove it");
        using var backend = CommonOptions.CreateBackend(words);
        using var gpt = ModelFolder.LoadGpt(parts.Base, backend);
        using var adapter = AdapterFolder.Read(parts.Adapter, gpt);
        AdapterFolder.Write(target, adapter, gpt);
        output.Line($"The adapter's {Units.Count(adapter.TrainedCount)} numbers are in {target}.");
        output.Json(json =>
        {
            json.WriteNumber("parameters", adapter.TrainedCount);
            json.WriteString("out", target);
        });
        return PellucidCommand.Done;
    }
}
