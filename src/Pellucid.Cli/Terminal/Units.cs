using System.Globalization;

namespace Pellucid.Cli.Terminal;

/// <summary>Numbers as people read them.</summary>
internal static class Units
{
    /// <summary>1,234,567.</summary>
    public static string Count(double value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Bytes as MB or GB.</summary>
    public static string Bytes(long bytes) => bytes >= 1L << 30
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.0} GiB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 20):0.0} MiB");

    /// <summary>A duration as 3:07 or 1:02:03.</summary>
    public static string Duration(TimeSpan time) => time.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}")
        : string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}:{time.Seconds:00}");

    /// <summary>A number with so many decimals; what rounds to zero has no sign.</summary>
    public static string Number(double value, int decimals)
    {
        var text = value.ToString("F" + decimals, CultureInfo.InvariantCulture);
        return text[0] == '-' && !text.AsSpan(1).ContainsAnyExcept('0', '.') ? text[1..] : text;
    }
}
