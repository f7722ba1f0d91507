using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Pellucid.Models;

namespace Pellucid.Looking;

/// <summary>What tells weights from others, whatever file they were read from: a hash of all places, shapes and values.</summary>
public static class WeightHash
{
    /// <summary>Such as <c>sha256:…</c>, with 64 digits; a model of a billion parameters takes some seconds.</summary>
    public static string Of(Gpt gpt)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var values = ArrayPool<float>.Shared.Rent((int)gpt.Layout.Max(parameter => parameter.Shape.Count));
        try
        {
            for (var index = 0; index < gpt.Layout.Count; index++)
            {
                var parameter = gpt.Layout[index];
                var read = values.AsSpan(0, (int)parameter.Shape.Count);
                hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
                    $"{parameter.Role} {parameter.Layer} {parameter.Expert} {parameter.Shape}\n")));
                gpt.Parameters.Read(index, read);
                hash.AppendData(MemoryMarshal.AsBytes(read));
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(values);
        }
        return "sha256:" + Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
