using System.CommandLine;
using Pellucid.Models;
using Pellucid.Models.Weights.Gguf;
using Pellucid.Tokens;
using Pellucid.Words;

namespace Pellucid.Cli.Words;

/// <summary>Word vectors as an argument: a file of vectors, or a model folder, whose token table is taken.</summary>
internal static class VectorsArgument
{
    public static Argument<string> New() => new("VECTORS")
    {
        Description = "A file of vectors (word2vec text or binary, GloVe text; .gz too), a model folder, "
            + $"or {BuiltInModel.Name}, the built-in model"
    };

    public static Argument<string[]> NewWords(ArgumentArity arity) =>
        new("WORD") { Description = "Words as they are written in the vectors", Arity = arity };

    public static Option<int> NewTop(string description) => new("--top") { Description = description, DefaultValueFactory = _ => 0 };

    public static WordVectors Load(string path) => Directory.Exists(path) ? LoadModel(path)
        : TokenizerPath.Find(path) is { } model && (Directory.Exists(model) || GgufReader.IsGguf(model)) ? LoadModel(model)
        : VectorFile.Read(path, remark: Console.Error.WriteLine);

    /// <summary>Number of a word.</summary>
    /// <exception cref="InvalidDataException">It is not known.</exception>
    public static int Find(WordVectors vectors, string word, string path) => vectors.Find(word) is >= 0 and var number ? number
        : throw new InvalidDataException($"'{word}' is not among the {vectors.Count} words of {path}");

    private static WordVectors LoadModel(string folder)
    {
        var (table, width) = Checkpoint.LoadTokenTable(folder);
        return TokenEmbedding.ToVectors(CompanionFiles.LoadTokenizer(folder), table, width);
    }
}
