using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Pellucid.Files;

/// <summary>NumPy's file of one array, version 1.0: a header that tells type and shape, then the numbers, row by row.</summary>
internal static class NumpyFile
{
    private const int Alignment = 64, BeforeHeader = 10;

    /// <summary>Writes what comes before the single-precision numbers of (rows, columns).</summary>
    public static void WriteHeader(Stream stream, int rows, int columns)
    {
        var text = string.Create(CultureInfo.InvariantCulture,
            $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
        var length = (BeforeHeader + text.Length + 1 + Alignment - 1) / Alignment * Alignment - BeforeHeader;
        stream.Write([0x93, .. "NUMPY"u8, 1, 0, (byte)length, (byte)(length >> 8)]);
        stream.Write(Encoding.ASCII.GetBytes(text.PadRight(length - 1) + "\n"));
    }

    /// <summary>Writes the next numbers.</summary>
    public static void Write(Stream stream, ReadOnlySpan<float> values)
    {
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("files of numbers are little-endian, and this machine is not");
        stream.Write(MemoryMarshal.AsBytes(values));
    }
}
