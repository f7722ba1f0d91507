using System.CommandLine;
using Pellucid.Cli.Terminal;
using Pellucid.Models;
using Pellucid.Models.Adapters;
using Pellucid.Tensors;

namespace Pellucid.Cli.Tune;

/// <summary><c>pellucid tune merge</c>.</summary>
internal static class TuneMergeVerb
{
    private const int ComparedTokens = 64;

    private static readonly Argument<string> Model = new("BASE+ADAPTER") { Description = "A model folder and an adapter's" };
    private static readonly Option<string> Out = new("--out") { Description = "Folder of the merged model", Required = true };
    private static readonly Option<string> Type = new Option<string>("--type")
    {
        Description = "How weights are stored: f32, f16 or bf16", DefaultValueFactory = _ => "f32",
    }.AcceptOnlyFromAmong("f32", "f16", "bf16");

    public static Command Create()
    {
        var command = new Command("merge", "Works an adapter into the weights of its model, in single precision, rounded once.")
        {
            Model, Out, Type,
        }.WithExample("pellucid tune merge MODEL+tuned --out merged");
        command.SetAction(Merge);
        return command;
    }

    private static int Merge(ParseResult words)
    {
        var (output, path, target) = (new Output(words.GetValue(CommonOptions.Json)), words.GetValue(Model)!, words.GetValue(Out)!);
        var parts = ModelFolder.Parts(path) ?? throw new ArgumentException($"{path} is no BASE+ADAPTER");
        if (File.Exists(Path.Combine(target, Checkpoint.WeightsFile)))
            throw new IOException($"{target} already holds a model; choose another folder, or remove it");
        using var backend = CommonOptions.CreateBackend(words);
        using var gpt = ModelFolder.LoadGpt(parts.Base, backend);
        using var adapter = AdapterFolder.Read(parts.Adapter, gpt);
        using var merged = AdapterMerge.Merge(gpt, adapter);
        var tokenizer = ModelFolder.LoadTokenizer(path, gpt.Config);
        Checkpoint.Save(target, merged, words.GetValue(Type) switch
        {
            "f16" => ElementType.Float16,
            "bf16" => ElementType.BFloat16,
            _ => ElementType.Float32,
        }, ModelFolder.LoadSpecials(path, tokenizer, gpt.Config));
        ModelFolder.CopyCompanions(path, target);
        using var stored = Checkpoint.Load(target, backend);
        var difference = LargestDifference(gpt, adapter, stored);
        output.Line($"The merged model is in {target}. Its logits differ from those of the two by at most {Units.Number(difference, 7)}.");
        output.Json(json =>
        {
            json.WriteNumber("largest_difference", difference);
            json.WriteString("out", target);
        });
        return PellucidCommand.Done;
    }

    // On tokens that run through the vocabulary.
    private static double LargestDifference(Gpt gpt, Adapter adapter, Gpt merged)
    {
        var count = Math.Min(ComparedTokens, gpt.Context);
        using var rows = new TokenRows(gpt.Backend);
        rows.Add([.. Enumerable.Range(0, count).Select(i => (int)((long)i * 7919 % gpt.Config.VocabularySize))]);
        var (both, alone) = (Logits(gpt, rows, adapter), Logits(merged, rows, null));
        var largest = 0.0;
        for (var i = 0; i < both.Length; i++)
            largest = Math.Max(largest, Math.Abs((double)both[i] - alone[i]));
        return largest;
    }

    private static float[] Logits(Gpt gpt, TokenRows rows, Adapter? adapter)
    {
        using var arena = new Arena(gpt.Backend);
        var run = new GptRun(new Operations(gpt.Backend, arena)) { Adapter = adapter };
        var logits = gpt.Logits(gpt.Forward(rows, run), run);
        var values = new float[logits.Count];
        gpt.Backend.Read(logits, values);
        return values;
    }
}
