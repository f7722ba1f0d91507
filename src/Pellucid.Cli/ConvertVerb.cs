using System.CommandLine;
using Pellucid.Cli.Terminal;
using Pellucid.Models;
using Pellucid.Models.Weights.Gguf;
using Pellucid.Tensors;

namespace Pellucid.Cli;

/// <summary><c>pellucid model convert</c>.</summary>
internal static class ConvertVerb
{
    private static readonly Argument<string> Model = CommonOptions.NewModel();
    private static readonly Option<string> Out =
        new("--out") { Description = $"Folder of the converted model, or a file NAME{GgufReader.Extension}", Required = true };
    private static readonly Option<string> Type = new("--type")
    {
        Description = "How weights are stored: f32, f16 or bf16; in GGUF also "
            + string.Join(", ", ElementTypes.OfWeights.Skip(3).Select(type => type.Name())),
        DefaultValueFactory = _ => "f32",
    };

    public static Command Create()
    {
        var convert = new Command("convert", "Writes a model with weights of another type, or in the other format, "
            + "and brings along what lies beside them: tokenizer, chat template, settings.") { Model, Out, Type }
            .WithExample("pellucid model convert runs/micro-world --type q8_0 --out small.gguf");
        convert.SetAction(Convert);
        return convert;
    }

    private static int Convert(ParseResult words)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        var (source, target, type) = (words.GetValue(Model)!, words.GetValue(Out)!, words.GetValue(Type)!);
        var isGguf = target.EndsWith(GgufReader.Extension, StringComparison.OrdinalIgnoreCase);
        var elements = isGguf ? ElementTypes.WeightNamed(type) : OfFolder(type);
        var weights = isGguf ? target : Path.Combine(target, Checkpoint.WeightsFile);
        if (File.Exists(weights))
            throw new IOException(isGguf ? $"{target} is there already; choose another name or remove it"
                : $"{target} already holds a model; choose another folder or remove it");
        using var backend = CommonOptions.CreateBackend(words);
        using var gpt = ModelFolder.LoadGpt(source, backend);
        var remarks = isGguf ? WriteFile(source, target, gpt, type) : WriteFolder(source, target, gpt, elements);
        remarks = [.. remarks, .. OfSampling(source, target)];
        var converted = new ConvertedModel(gpt.Config.Parameters, new FileInfo(weights).Length, Checkpoint.LargestDifference(target, gpt),
            remarks, target);
        foreach (var remark in converted.Remarks)
            output.Line(remark);
        output.Line($"{target}: {Units.Count(converted.Parameters)} parameters as {type}, {Units.Bytes(converted.Bytes)}"
            + (converted.LargestError == 0 ? "" : $"; no number differs by more than {converted.LargestError:0.##e+0}"));
        output.Json(converted, Results.Default.ConvertedModel);
        return PellucidCommand.Done;
    }

    private static ElementType OfFolder(string type) => type switch
    {
        "f32" => ElementType.Float32,
        "f16" => ElementType.Float16,
        "bf16" => ElementType.BFloat16,
        var other => throw new ArgumentException($"--type is '{other}'; in a folder it can be f32, f16 or bf16, and more in a file "
            + $"whose name ends with {GgufReader.Extension}"),
    };

    private static IReadOnlyList<string> WriteFile(string source, string target, Gpt gpt, string type)
    {
        var tokenizer = ModelFolder.LoadTokenizer(source, gpt.Config);
        return Checkpoint.SaveGguf(target, gpt, type, tokenizer, ModelFolder.LoadSpecials(source, tokenizer, gpt.Config),
            CompanionFiles.LoadTemplate(ModelFolder.Resolve(source)), ModelFolder.Resolve(source));
    }

    // What is refused where tokens are chosen may have been left out, since the other format has no word for it.
    private static IEnumerable<string> OfSampling(string source, string target)
    {
        if (!GgufReader.IsGguf(ModelFolder.Resolve(source)) && !GgufReader.IsGguf(target))
            yield break; // the file is copied as it is
        string? refusal = null;
        try
        {
            ModelFolder.LoadSampling(source);
        }
        catch (InvalidDataException error)
        {
            refusal = error.Message;
        }
        if (refusal is not null)
            yield return $"of how tokens are chosen only temperature, top-k, top-p, min-p and penalty come along: {refusal}";
    }

    private static IReadOnlyList<string> WriteFolder(string source, string target, Gpt gpt, ElementType type)
    {
        var specials = ModelFolder.LoadSpecials(source, ModelFolder.LoadTokenizer(source, gpt.Config), gpt.Config);
        Directory.CreateDirectory(target);
        CompanionFiles.Copy(ModelFolder.Resolve(source), target);
        Checkpoint.Save(target, gpt, type, specials);
        return [];
    }
}

/// <summary>A model in another type.</summary>
/// <param name="Parameters">Numbers in it.</param>
/// <param name="Bytes">Of its weights.</param>
/// <param name="LargestError">By which a number differs from what it was.</param>
/// <param name="Remarks">What was done otherwise than asked, a line each.</param>
/// <param name="Out">Where it lies.</param>
internal sealed record ConvertedModel(long Parameters, long Bytes, float LargestError, IReadOnlyList<string> Remarks, string Out);
