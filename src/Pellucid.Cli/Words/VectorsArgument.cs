using System.CommandLine;
using Pellucid.Models;
using Pellucid.Tokens;
using Pellucid.Words;

namespace Pellucid.Cli.Words;

/// <summary>Word vectors as an argument: a file of vectors, or a model folder, whose token table is taken.</summary>
internal static class VectorsArgument
{
    private const string TokenTable = "wte.weight", Prefix = "transformer.";

    public static Argument<string> New() => new("VECTORS") { Description = $"A file of word2vec vectors, text or binary, or a model folder, or {BuiltInModel.Name}, the built-in model" };

    public static Argument<string[]> NewWords(ArgumentArity arity) => new("WORD") { Description = "Words as they are written in the vectors", Arity = arity };

    public static Option<int> NewTop(string description) => new("--top") { Description = description, DefaultValueFactory = _ => 0 };

    public static WordVectors Load(string path) => Directory.Exists(path) ? LoadModel(path) : path == BuiltInModel.Name && !File.Exists(path) ? LoadModel(BuiltInModel.Folder) : VectorFile.Read(path);

    /// <summary>Number of a word.</summary>
    /// <exception cref="InvalidDataException">It is not known.</exception>
    public static int Find(WordVectors vectors, string word, string path) => vectors.Find(word) is >= 0 and var number ? number
        : throw new InvalidDataException($"'{word}' is not among the {vectors.Count} words of {path}");

    private static WordVectors LoadModel(string folder)
    {
        var weights = Path.Combine(folder, Checkpoint.WeightsFile);
        if (!File.Exists(weights))
            throw new FileNotFoundException($"{folder} is not a model folder: it has no {Checkpoint.WeightsFile}");
        using var reader = new SafetensorsReader(weights);
        var name = reader.Contains(TokenTable) ? TokenTable : Prefix + TokenTable;
        if (!reader.Contains(name) || reader.Shape(name).Count != 2)
            throw new InvalidDataException($"{weights} has no token table {TokenTable} of two axes");
        return TokenEmbedding.ToVectors(Tokenizer.Load(folder), reader.ReadFloat32(name), reader.Shape(name)[1]);
    }
}
