using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Pellucid.Tokens;

namespace Pellucid.Tests.Hostile;

/// <summary>Files of very many, very short entries: what costs a reader most for each byte.</summary>
internal static class LargeFile
{
    /// <summary>How long they are, about.</summary>
    public const int Bytes = 1 << 20;

    /// <summary>The same entry again and again.</summary>
    public static byte[] Repeat(string entry, string first = "") =>
        Encoding.UTF8.GetBytes(first + string.Concat(Enumerable.Repeat(entry, Bytes / entry.Length)));

    /// <summary>An entry for each number.</summary>
    public static byte[] Numbered(string entry, string first = "")
    {
        var text = new StringBuilder(first);
        for (var number = 0; text.Length < Bytes; number++)
            text.AppendFormat(CultureInfo.InvariantCulture, entry, number);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>Tensors of one element.</summary>
    public static byte[] Safetensors()
    {
        var header = Encoding.UTF8.GetBytes("{" + string.Join(',', Enumerable.Range(0, Bytes / 60)
            .Select(number => $"\"{number:x}\":{{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[{number},{number + 1}]}}")) + "}");
        var file = new byte[8 + header.Length + Bytes / 60];
        BinaryPrimitives.WriteInt64LittleEndian(file, header.Length);
        header.CopyTo(file, 8);
        return file;
    }

    /// <summary>A list of the tensors of a model that promises another many times more.</summary>
    public static byte[] Index(IEnumerable<string> names) =>
        Encoding.UTF8.GetBytes("{\"weight_map\":{"
            + string.Join(',', names.Concat(Enumerable.Repeat("x", Bytes / 20)).Select(name => $"\"{name}\":\"a.safetensors\"")) + "}}");

    /// <summary>A configuration that says much more than what is read of it.</summary>
    public static byte[] Config(string whole) =>
        Encoding.UTF8.GetBytes(whole.TrimEnd()[..^1] + ",\"x\":[" + string.Join(',', Enumerable.Repeat("0", Bytes / 4)) + "],"
            + string.Join(',', Enumerable.Repeat("\"n_inner\":16", Bytes / 26)) + "}");

    /// <summary>Every character that takes two bytes or three, up to a length.</summary>
    public static byte[] Characters() => Encoding.UTF8.GetBytes("[\"" + string.Join("\",\"", Enumerable.Range(0x80, 40_000)
        .Select(value => (char)value)) + "\"]");

    /// <summary>Keys of four letters with a byte each, and tensors of four letters with a number each.</summary>
    public static byte[] Gguf()
    {
        const int Each = 16_000;
        var (bytes, data) = (new List<byte>(), (24 + Each * 17 + Each * 36 + 31) / 32 * 32);
        bytes.AddRange([.. "GGUF"u8, 3, 0, 0, 0, .. BitConverter.GetBytes((long)Each), .. BitConverter.GetBytes((long)Each)]);
        for (var i = 0; i < Each; i++)
            bytes.AddRange([.. BitConverter.GetBytes(4L), .. Encoding.ASCII.GetBytes(i.ToString("x4")), 0, 0, 0, 0, 1]);
        for (var i = 0; i < Each; i++)
            bytes.AddRange([.. BitConverter.GetBytes(4L), .. Encoding.ASCII.GetBytes(i.ToString("x4")), 1, 0, 0, 0,
                .. BitConverter.GetBytes(1L), 0, 0, 0, 0, .. BitConverter.GetBytes(32L * i)]);
        return [.. bytes, .. new byte[data + 32 * Each - bytes.Count]];
    }

    /// <summary>A tokenizer of characters with very many added tokens, short tokens and merges.</summary>
    public static byte[] Characters(byte[] whole)
    {
        var (text, added, names, merges) = (Encoding.UTF8.GetString(whole), new StringBuilder(), new StringBuilder(), new StringBuilder());
        for (var number = 0; number < Bytes / 80; number++)
        {
            added.Append(CultureInfo.InvariantCulture, $"{{\"id\":{268 + number},\"content\":\"{number:x}!\"}},");
            if (number < 0x5000)
                names.Append(CultureInfo.InvariantCulture, $"\"T{(char)(0x4E00 + number)}\":{268 + Bytes / 80
                    + 2 * number},\"{(char)(0x4E00 + number)}\":{269 + Bytes / 80 + 2 * number},");
            if (number < 0x5000)
                merges.Append(CultureInfo.InvariantCulture, $"\"T {(char)(0x4E00 + number)}\",");
        }
        return Encoding.UTF8.GetBytes(text.Replace("\"added_tokens\":[", "\"added_tokens\":[" + added, StringComparison.Ordinal)
            .Replace("\"vocab\":{", "\"vocab\":{" + names, StringComparison.Ordinal)
            .Replace("\"merges\":[", "\"merges\":[" + merges, StringComparison.Ordinal));
    }

    /// <summary>Vectors of one number.</summary>
    public static byte[] Vectors() => Numbered("{0:x} 1\n", $"{Bytes / 8} 1\n");

    /// <summary>A vocabulary of single bytes, and of very many words of two and three letters.</summary>
    public static byte[] Tokens(string folder, TokenizerFormat format, string file)
    {
        byte[] letters = [.. "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8];
        List<byte[]> bytes = [.. Enumerable.Range(0, 256).Select(value => (byte[])[(byte)value])];
        var merges = new List<(int Left, int Right)>();
        void Merge(int left, byte right)
        {
            merges.Add((left, right));
            bytes.Add([.. bytes[left], right]);
        }

        foreach (var left in letters)
            foreach (var right in letters)
                Merge(left, right);
        // Of "abc" ab is the earlier merge, and of "bac" ac would be.
        for (var left = 256; merges.Count < Bytes / 40; left++)
            if (bytes[left][0] < bytes[left][1])
                foreach (var right in letters)
                    Merge(left, right);
        new BpeTokenizer(bytes, merges, []).Save(folder, format);
        return File.ReadAllBytes(Path.Combine(folder, file));
    }
}
