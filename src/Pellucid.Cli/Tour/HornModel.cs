using Pellucid.Drawings;
using Pellucid.Looking;
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
            TrainCommand.Run(words, Terminal.Output.Silent, (_, _, _) => { }, CancellationToken.None);
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
        var tokens = Prompt(animal).ToList();
        var text = "";
        while (text.Length < LongestHorn && !text.Contains(';', StringComparison.Ordinal))
        {
            var next = Guide.Next(Gpt, [.. tokens]).Top(1)[0];
            tokens.Add(next);
            text += Tokenizer.Decode([next]);
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

    /// <summary>Logits of what follows some tokens, with changes on the way.</summary>
    public Distribution Next(int[] tokens, Taps taps)
    {
        using var arena = new Arena(Gpt.Backend);
        return Next(tokens, taps, arena);
    }

    /// <summary>The same in memory where what was read lies for as long as it is needed.</summary>
    public Distribution Next(int[] tokens, Taps taps, Arena arena)
    {
        using var rows = new TokenRows(Gpt.Backend);
        rows.Add(tokens);
        var run = new GptRun(new Operations(Gpt.Backend, arena)) { LogitRows = [tokens.Length - 1], Taps = taps };
        var logits = new float[Gpt.Config.VocabularySize];
        Gpt.Backend.Read(Gpt.Logits(Gpt.Forward(rows, run), run), logits);
        return new Distribution(logits);
    }

    public void Dispose() => Gpt.Dispose();
}
