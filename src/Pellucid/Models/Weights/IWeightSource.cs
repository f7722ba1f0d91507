using Pellucid.Models.Families;
using Pellucid.Tensors.Blocks;

namespace Pellucid.Models.Weights;

/// <summary>Files of weights: their tensors, and which of them the parameters of a shape are made of.</summary>
internal interface IWeightSource : IDisposable
{
    /// <summary>The file that messages name.</summary>
    string Path { get; }

    /// <summary>What calls for the tensors, for messages: <c>config.json</c>, or the file's own header.</summary>
    string Description { get; }

    /// <summary>Names of all tensors.</summary>
    IEnumerable<string> Names { get; }

    /// <summary>Sizes of a tensor, the length of a row last; null where there is none of that name.</summary>
    IReadOnlyList<long>? Shape(string name);

    /// <summary>The format of a tensor's numbers; null where weights cannot be stored so.</summary>
    BlockFormat? Format(string name);

    /// <summary>Reads a tensor, or some elements of it from one on, as single precision.</summary>
    /// <exception cref="InvalidDataException">It holds NaN or infinity, or the file has become shorter.</exception>
    void Read(string name, Span<float> destination, long first = 0);

    /// <summary>Reads bytes of a tensor from one on, as they are.</summary>
    /// <exception cref="InvalidDataException">The file has become shorter, or the tensor's elements are no bytes.</exception>
    void ReadBytes(string name, Span<byte> destination, long first);

    /// <summary>Of which tensors a parameter is made, by the names of this format.</summary>
    IEnumerable<StoredPiece> Pieces(Parameter parameter, GptConfig config);

    /// <summary>All that files may call what has a name.</summary>
    IEnumerable<string> WrittenNames(string name, GptConfig config);

    /// <summary>Whether a tensor is known to be no parameter.</summary>
    bool IsHarmless(string name, GptConfig config);
}
