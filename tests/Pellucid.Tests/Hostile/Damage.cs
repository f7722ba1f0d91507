using System.Buffers.Binary;
using System.Text;

namespace Pellucid.Tests.Hostile;

/// <summary>Ways to damage a file.</summary>
internal static class Damage
{
    private const int OneSwellsIn = 200, MostSwelling = 1 << 17;

    private static readonly byte[] Marks = [.. "\n,{}[] "u8];

    private static readonly byte[][] Splinters = [.. new[]
    {
        "-1", "0", "4294967295", "2147483647", "2147483648", "9223372036854775807", "18446744073709551616", "1e999", "-0.5", "null", "true",
        "\"\"", "{}", "[]", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
        "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":", "\\ud800", "\"", "\n", "\0", " ", ",", ":", "}", "]", "F32",
        "BF16", "F99", "../../etc/passwd", "é", "\ufeff",
    }.Select(Encoding.UTF8.GetBytes)];

    /// <summary>One to four damages, one after another.</summary>
    public static byte[] Make(byte[] whole, ref CaseRandom random)
    {
        var bytes = new List<byte>(whole);
        for (var rest = 1 + random.Below(4); rest > 0; rest--)
            Once(bytes, ref random);
        if (random.Below(OneSwellsIn) == 0)
            Swell(bytes, ref random);
        return [.. bytes];
    }

    // A part, as a rule from one mark to another, many times over: what small things become large by.
    private static void Swell(List<byte> bytes, ref CaseRandom random)
    {
        if (bytes.Count == 0)
            return;
        var start = bytes.FindIndex(random.Below(bytes.Count), value => Marks.Contains(value)) + 1;
        var end = bytes.FindIndex(Math.Min(bytes.Count, start + 1 + random.Below(40)) - 1, value => Marks.Contains(value)) + 1;
        if (end <= start)
            end = bytes.Count;
        var part = bytes.GetRange(Math.Min(start, end - 1), Math.Max(1, end - start)).ToArray();
        bytes.InsertRange(end, [.. Enumerable.Repeat(part, random.Below(MostSwelling) / part.Length).SelectMany(again => again)]);
    }

    private static void Once(List<byte> bytes, ref CaseRandom random)
    {
        // Half of all damages hit the beginning, where lengths and headers are.
        var at = random.Below(random.Below(2) == 0 ? Math.Min(bytes.Count, 64) : bytes.Count);
        var length = Math.Min(bytes.Count - at, 1 + random.Below(random.Below(4) == 0 ? 200 : 8));
        switch (random.Below(9))
        {
            case 0:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 1:
                bytes.RemoveRange(at, length);
                break;
            case 2 when bytes.Count > 0:
                bytes[at] ^= (byte)(1 << random.Below(8));
                break;
            case 3:
                for (var i = 0; i < length; i++)
                    bytes[at + i] = (byte)random.Below(256);
                break;
            case 4:
                bytes.InsertRange(at, Splinters[random.Below(Splinters.Length)]);
                break;
            case 5:
                bytes.InsertRange(random.Below(bytes.Count + 1), bytes.GetRange(at, length));
                break;
            case 6:
                ReplaceNumber(bytes, at, Splinters[random.Below(Splinters.Length)]);
                break;
            case 7 when bytes.Count >= 8:
                var number = new byte[8];
                BinaryPrimitives.WriteInt64LittleEndian(number,
                    random.Below(3) switch { 0 => long.MaxValue, 1 => -1, _ => (long)random.Below(int.MaxValue) << random.Below(33) });
                at = Math.Min(at, bytes.Count - 8);
                for (var i = 0; i < 8; i++)
                    bytes[at + i] = number[i];
                break;
            default:
                bytes.Reverse(at, length);
                break;
        }
    }

    // The next run of digits, or nothing.
    private static void ReplaceNumber(List<byte> bytes, int at, byte[] splinter)
    {
        while (at < bytes.Count && !char.IsAsciiDigit((char)bytes[at]))
            at++;
        var end = at;
        while (end < bytes.Count && char.IsAsciiDigit((char)bytes[end]))
            end++;
        bytes.RemoveRange(at, end - at);
        bytes.InsertRange(at, splinter);
    }
}
