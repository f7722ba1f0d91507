using Pellucid.Models;
using Pellucid.Models.Families;
using Pellucid.Models.Weights.Gguf;
using Pellucid.Tensors;
using Pellucid.Tensors.Blocks;

namespace Pellucid.Benchmarks.LlamaCpp;

/// <summary>Writes a GGUF file of a published shape for which speed is all that matters: every row of a weight is the same row of random
/// numbers, and there is no tokenizer.</summary>
internal static class RandomGguf
{
    /// <summary>A preset's shape, or one beside them, with as long a context as is asked for.</summary>
    public static GptConfig Shape(string name, int? context)
    {
        var shape = Shape(name);
        return shape with { Context = context ?? shape.Context };
    }

    private static GptConfig Shape(string name) => name == "llama3.2-1b"
        ? GptPresets.Find("llama3-8b")! with
        {
            Layers = 16, Width = 2048, HeadWidth = 64, FeedForwardWidth = 8192, TiedOutput = true, Rotary = new RotaryShape(5e5, 64),
        }
        : GptPresets.Find(name) ?? throw new ArgumentException(
            $"there is no shape '{name}'; there are llama3.2-1b, {string.Join(", ", GptPresets.Names)}");

    /// <summary>Writes it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="config">The shape.</param>
    /// <param name="type">How matrices are stored.</param>
    public static void Write(string path, GptConfig config, string type)
    {
        var writer = new GgufWriter();
        GgufConfig.Write(writer, config);
        writer.Add("general.name", "random");
        writer.Add("tokenizer.ggml.model", "no_vocab");
        var seed = 0u;
        foreach (var pieces in Parameter.Of(config).SelectMany(parameter => config.Family.GgufPieces(parameter, config)
            .Select(piece => (parameter, piece))).GroupBy(pair => pair.piece.Name))
        {
            var (parameter, piece) = pieces.First();
            var stored = GgufTensorTypes.For(type, parameter, piece.Stored.Rank, piece.Stored.Columns);
            var row = Row(parameter, piece.Stored.Columns, stored, seed++);
            writer.AddBlocks(pieces.Key, stored, [.. Enumerable.Range(0, piece.Stored.Rank).Select(axis => (long)piece.Stored[axis])],
                (first, bytes) =>
                {
                    for (var i = 0; i < bytes.Length; i++)
                        bytes[i] = row[(first + i) % row.Length];
                });
        }
        writer.Write(path);
    }

    // Gains are 1; numbers of others are of the size with which models begin.
    private static byte[] Row(Parameter parameter, int columns, string type, uint seed)
    {
        var (values, format) = (new float[columns], BlockFormat.Find(type)!);
        for (var i = 0; i < columns; i++)
            values[i] = parameter.Shape.Rank == 1 ? 1 : 0.07f * (CounterRandom.Uniform(1, seed, 0, (ulong)i) - 0.5f);
        var row = new byte[columns / format.Length * format.Bytes];
        format.Quantise(values, row);
        return row;
    }
}
