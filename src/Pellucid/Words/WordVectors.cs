using System.Numerics.Tensors;
using Pellucid.Files;

namespace Pellucid.Words;

/// <summary>A word and how near it is: a cosine, or the score of the method.</summary>
public readonly record struct Neighbour(string Word, float Score);

/// <summary>Words with a vector each.</summary>
public sealed partial class WordVectors
{
    private readonly float[] _values; // (words, Size)
    private readonly float[] _inverseNorms;

    /// <summary>Vectors of these words, one after another.</summary>
    /// <exception cref="InvalidDataException">A value is infinite or no number.</exception>
    public WordVectors(WordList words, float[] values, int size)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(values);
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.LongLength, (long)words.Count * size);
        (Words, _values, Size) = (words, values, size);
        _inverseNorms = new float[words.Count];
        for (var word = 0; word < words.Count; word++)
        {
            var norm = TensorPrimitives.Norm(this[word]);
            if (!float.IsFinite(norm))
                throw new InvalidDataException(
                    $"the vector of '{Excerpt.Of(words.Text(word))}' is not finite: it holds an infinite or huge value, or no number");
            _inverseNorms[word] = norm > 0 ? 1 / norm : 0;
        }
    }

    /// <summary>The words, in the order of their vectors: frequent ones first, where word2vec made them.</summary>
    public WordList Words { get; }

    /// <summary>Number of words.</summary>
    public int Count => Words.Count;

    /// <summary>Numbers a vector.</summary>
    public int Size { get; }

    /// <summary>The vector of a word.</summary>
    public ReadOnlySpan<float> this[int word] => _values.AsSpan(word * Size, Size);

    /// <summary>Number of a word, or −1.</summary>
    public int Find(string word) => Words.Find(word);

    /// <summary>A copy of a word's vector, scaled to length 1.</summary>
    public float[] Unit(int word)
    {
        var unit = new float[Size];
        TensorPrimitives.Multiply(this[word], _inverseNorms[word], unit);
        return unit;
    }

    /// <summary>Cosine of two words, with the same bits in either order: equal pairs must have equal ranks.</summary>
    public float Similarity(int first, int second) =>
        TensorPrimitives.Dot(this[first], this[second]) * (_inverseNorms[first] * _inverseNorms[second]);

    internal static float[] Allocate(long words, int size) => words * size <= Array.MaxLength
        ? GC.AllocateUninitializedArray<float>((int)(words * size))
        : throw new NotSupportedException($"{words} vectors of {size} numbers are more than {Array.MaxLength} numbers");
}
