using System.CommandLine;
using Pellucid.Cli.Terminal;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tokens;
using Spectre.Console;

namespace Pellucid.Cli;

/// <summary><c>pellucid model</c>.</summary>
internal static class ModelCommand
{
    private const int TokensPerParameter = 20;

    private static readonly Argument<string?> ModelOrNone = new("MODEL") { Description = "A model folder; none with --preset", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<string?> Preset = new("--preset") { Description = $"A published shape: {string.Join(", ", GptPresets.Names)}" };
    private static readonly Option<double?> Tokens = new("--tokens") { Description = $"Training tokens to count the FLOPs of; {TokensPerParameter} a parameter if not given (Hoffmann et al. 2022)" };
    private static readonly Argument<string> Model = CommonOptions.NewModel();
    private static readonly Option<string> Out = new("--out") { Description = "Folder of the converted model", Required = true };
    private static readonly Option<string> Type = new("--type") { Description = "How weights are stored: f32, f16 or bf16", DefaultValueFactory = _ => "f32" };

    public static System.CommandLine.Command Create()
    {
        var show = new System.CommandLine.Command("show", "Shows a model's shape, parameters, and the arithmetic of training it.") { ModelOrNone, Preset, Tokens }.WithExample("pellucid model show --preset gpt2");
        show.SetAction(Show);
        var convert = new System.CommandLine.Command("convert", "Writes a model with weights of another type, tokenizer included.") { Model, Out, Type }.WithExample("pellucid model convert runs/micro-world --type bf16 --out small");
        convert.SetAction(Convert);
        return new System.CommandLine.Command("model", "Shows and converts models.") { show, convert };
    }

    private static int Show(ParseResult words)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        var (path, preset) = (words.GetValue(ModelOrNone), words.GetValue(Preset));
        if (path is null == preset is null)
            throw new ArgumentException("give either a model folder or --preset");
        var config = preset is not null
            ? GptPresets.Find(preset) ?? throw new ArgumentException($"there is no preset '{preset}'; there are {string.Join(", ", GptPresets.Names)}")
            : ReadConfig(path!);
        var tokens = words.GetValue(Tokens) ?? (double)TokensPerParameter * config.Parameters;
        if (!(tokens > 0))
            throw new ArgumentException("--tokens must be above 0");
        var flops = 6.0 * config.Parameters * tokens;
        var table = new Table().Border(TableBorder.Minimal).HideHeaders().AddColumns(new TableColumn(""), new TableColumn("").RightAligned());
        foreach (var (name, value) in (ReadOnlySpan<(string, string)>)
        [
            ("layers", Units.Count(config.Layers)), ("heads", Units.Count(config.Heads)), ("width", Units.Count(config.Width)),
            ("feed-forward width", Units.Count(config.FeedForwardWidth)), ("vocabulary", Units.Count(config.VocabularySize)), ("context", Units.Count(config.Context)),
            ("parameters", Units.Count(config.Parameters)), ("without token and position tables", Units.Count(config.NonEmbeddingParameters)),
            ("feed-forward weights", $"{Units.Number(100 * config.FeedForwardShare, 1)} %"), ("memory of weights, f32", Units.Bytes(4 * config.Parameters)),
            ("memory of weights, gradients and moments", Units.Bytes(16 * config.Parameters)), ($"FLOPs to train on {Units.Count(tokens)} tokens", $"{flops:0.00e+0}"),
        ])
            table.AddRow(name, value);
        output.People.Write(table);
        output.Json(json =>
        {
            json.WriteNumber("layers", config.Layers);
            json.WriteNumber("heads", config.Heads);
            json.WriteNumber("width", config.Width);
            json.WriteNumber("feed_forward_width", config.FeedForwardWidth);
            json.WriteNumber("vocabulary_size", config.VocabularySize);
            json.WriteNumber("context", config.Context);
            json.WriteNumber("parameters", config.Parameters);
            json.WriteNumber("non_embedding_parameters", config.NonEmbeddingParameters);
            json.WriteNumber("feed_forward_share", config.FeedForwardShare);
            json.WriteNumber("training_tokens", tokens);
            json.WriteNumber("training_flops", flops);
        });
        return PellucidCommand.Done;
    }

    private static GptConfig ReadConfig(string path)
    {
        var file = Path.Combine(path, Checkpoint.ConfigFile);
        return File.Exists(file) ? GptConfig.Load(file) : throw new FileNotFoundException($"{path} is not a model folder: it has no {Checkpoint.ConfigFile}");
    }

    private static int Convert(ParseResult words)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        var type = words.GetValue(Type) switch
        {
            "f32" => ElementType.Float32,
            "f16" => ElementType.Float16,
            "bf16" => ElementType.BFloat16,
            var other => throw new ArgumentException($"--type is '{other}'; it can be f32, f16 or bf16"),
        };
        var (source, target) = (words.GetValue(Model)!, words.GetValue(Out)!);
        if (File.Exists(Path.Combine(target, Checkpoint.WeightsFile)))
            throw new IOException($"{target} already holds a model; choose another folder or remove it");
        using var backend = CommonOptions.CreateBackend(words);
        using var gpt = ModelFolder.LoadGpt(source, backend);
        Checkpoint.Save(target, gpt, type);
        if (Tokenizer.Exists(source))
            Tokenizer.Load(source).Save(target);
        var bytes = new FileInfo(Path.Combine(target, Checkpoint.WeightsFile)).Length;
        output.Line($"{target}: {Units.Count(gpt.Config.Parameters)} parameters as {words.GetValue(Type)}, {Units.Bytes(bytes)}");
        output.Json(json =>
        {
            json.WriteNumber("parameters", gpt.Config.Parameters);
            json.WriteNumber("bytes", bytes);
            json.WriteString("out", target);
        });
        return PellucidCommand.Done;
    }
}
