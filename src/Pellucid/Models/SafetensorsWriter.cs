using System.Buffers.Binary;
using System.Text.Json;
using Pellucid.Files;
using Pellucid.Tensors;

namespace Pellucid.Models;

/// <summary>Writes a safetensors file, whole or not at all.</summary>
public static class SafetensorsWriter
{
    /// <summary>Writes tensors in the given order.</summary>
    /// <param name="path">The file; an older one is replaced only once the new one is complete.</param>
    /// <param name="tensors">Names and tensors on <paramref name="backend"/>.</param>
    /// <param name="backend">Where the tensors lie.</param>
    /// <param name="type">Float32, Float16, or BFloat16 rounded to nearest even.</param>
    /// <param name="metadata">Texts that the file keeps beside the tensors.</param>
    /// <exception cref="InvalidDataException">A tensor holds NaN, or a number that the type cannot hold;
    /// the message names them.</exception>
    public static void Write(string path, IReadOnlyList<(string Name, Tensor Tensor)> tensors, Backend backend,
        ElementType type = ElementType.Float32,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentNullException.ThrowIfNull(backend);
        Write(path, [.. tensors.Select(tensor =>
            new WrittenTensor(tensor.Name, tensor.Tensor.Shape, values => backend.Read(tensor.Tensor, values)))],
            type, metadata);
    }

    /// <summary>The same, of tensors whose numbers are asked for one after the other.</summary>
    internal static void Write(string path, IReadOnlyList<WrittenTensor> tensors, ElementType type,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        var code = type switch
        {
            ElementType.Float32 => "F32",
            ElementType.Float16 => "F16",
            ElementType.BFloat16 => "BF16",
            _ => throw new ArgumentException($"weights are written as Float32, Float16 or BFloat16, not {type}", nameof(type)),
        };
        SafeFile.Write(path, stream =>
        {
            var header = Header(tensors, code, type.Bytes(), metadata);
            Span<byte> prefix = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
            stream.Write(prefix);
            stream.Write(header);
            foreach (var tensor in tensors)
                WriteData(stream, tensor, type);
        });
    }

    private static byte[] Header(IReadOnlyList<WrittenTensor> tensors, string code, int size, IReadOnlyDictionary<string, string>? metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            json.WriteString("format", "pt");
            foreach (var (key, value) in metadata ?? new Dictionary<string, string>())
                json.WriteString(key, value);
            json.WriteEndObject();
            var start = 0L;
            foreach (var tensor in tensors)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", code);
                json.WriteStartArray("shape");
                for (var axis = 0; axis < tensor.Shape.Rank; axis++)
                    json.WriteNumberValue(tensor.Shape[axis]);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(start);
                json.WriteNumberValue(start += tensor.Shape.Count * size);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (buffer.Length % 8 != 0)
            buffer.WriteByte((byte)' '); // so that the data begin on an 8-byte boundary
        return buffer.ToArray();
    }

    private static void WriteData(Stream stream, WrittenTensor tensor, ElementType type)
    {
        var values = new float[tensor.Shape.Count];
        tensor.Fill(values);
        RequireNumbersThatFit(tensor.Name, values, type);
        var size = type.Bytes();
        var buffer = new byte[1 << 16];
        for (var first = 0; first < values.Length; first += buffer.Length / size)
        {
            var count = Math.Min(buffer.Length / size, values.Length - first);
            for (var i = 0; i < count; i++)
            {
                var at = buffer.AsSpan(i * size);
                if (type == ElementType.Float32)
                    BinaryPrimitives.WriteSingleLittleEndian(at, values[first + i]);
                else if (type == ElementType.Float16)
                    BinaryPrimitives.WriteHalfLittleEndian(at, (Half)values[first + i]);
                else
                    BinaryPrimitives.WriteUInt16LittleEndian(at, WeightBlock.ToBFloat16(values[first + i]));
            }
            stream.Write(buffer, 0, count * size);
        }
    }

    // Scores of attention are −∞ where they are masked.
    private static void RequireNumbersThatFit(string name, float[] values, ElementType type)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (float.IsNaN(values[i]))
                throw new InvalidDataException($"tensor {name} holds NaN at element {i}");
            if (float.IsFinite(values[i]) && !float.IsFinite(Stored(values[i], type)))
                throw new InvalidDataException(
                    $"tensor {name} holds {FiniteNumbers.Text(values[i])} at element {i}, which {type} cannot hold");
        }
    }

    private static float Stored(float value, ElementType type) => type switch
    {
        ElementType.Float16 => (float)(Half)value,
        ElementType.BFloat16 => WeightBlock.FromBFloat16(WeightBlock.ToBFloat16(value)),
        _ => value,
    };
}

/// <summary>A tensor that is to be written.</summary>
/// <param name="Name">What the file calls it.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Fill">Says its numbers, in the order of its shape.</param>
internal sealed record WrittenTensor(string Name, Shape Shape, Action<float[]> Fill);
