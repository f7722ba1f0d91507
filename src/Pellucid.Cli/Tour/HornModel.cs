using Pellucid.Drawings;
using Pellucid.Generation;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tokens;
using Pellucid.Worlds;

namespace Pellucid.Cli.Tour;

/// <summary>A model that has learned to add the horn to drawings of animals.</summary>
internal sealed class HornModel : IDisposable
{
    private const int LongestHorn = 60;

    private HornModel(string folder, Backend backend) =>
        (Gpt, Tokenizer) = (Checkpoint.Load(folder, backend), ModelFolder.LoadTokenizer(folder, Checkpoint.LoadConfig(folder)));

    public Gpt Gpt { get; }

    public Tokenizer Tokenizer { get; }

    /// <summary>The shipped one, or, where there is time, one that its recipe has just made anew.</summary>
    public static HornModel Of(Guide guide)
    {
        if (guide.Quick)
            return new HornModel(BuiltInModel.UnicornFolder, guide.Gpt.Backend);
        var folder = Directory.CreateTempSubdirectory("pellucid-unicorn-");
        try
        {
            var words = PellucidCommand.Parse(PellucidCommand.CreateRoot(), ["train", "--recipe", BuiltInModel.Unicorn,
                "--out", Path.Combine(folder.FullName, BuiltInModel.Unicorn), "--threads", $"{guide.Threads}"]);
            TrainCommand.Run(words, Terminal.Output.Silent, (_, _, _) => { }, guide.Cancellation);
            return new HornModel(Path.Combine(folder.FullName, BuiltInModel.Unicorn), guide.Gpt.Backend);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>The tokens of an animal without its horn, as they stand in a text to learn from.</summary>
    public int[] Prompt(Animal animal) => Tokenizer.Encode("\n\n" + animal.WithoutHorn);

    /// <summary>The command that the model adds: at each place the likeliest token.</summary>
    public string Complete(Animal animal)
    {
        using var generator = new Generator(Gpt);
        var text = "";
        foreach (var token in generator.Generate(Prompt(animal), new Sampler(new SamplingOptions { Temperature = 0 }), LongestHorn))
        {
            text += Tokenizer.Decode([token]);
            if (text.Length >= LongestHorn || text.Contains(';', StringComparison.Ordinal))
                break;
        }
        return text.Trim();
    }

    /// <summary>Whether a horn is drawn that is attached to the animal's head.</summary>
    public static bool IsAttached(Animal animal, string horn)
    {
        var drawing = TikzDrawing.Parse(animal.Picture(horn));
        return drawing.Problems.Count == 0 && drawing.Part("horn") is { Count: > 0 } part
            && Attachment.Of(part, drawing.Part("head")).IsAttached;
    }

    public void Dispose() => Gpt.Dispose();
}
